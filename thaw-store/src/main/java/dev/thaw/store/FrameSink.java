package dev.thaw.store;

import dev.thaw.store.chunk.FrameRef;
import java.io.IOException;

/** Takes frames as they come, from several threads at once. */
@FunctionalInterface
public interface FrameSink {
    /** @param plain valid during the call only; its first {@code frame.plainBytes()} bytes count */
    void accept(FrameRef frame, byte[] plain) throws IOException;
}
