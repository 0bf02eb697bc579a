package dev.thaw.guest;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The writing side of an {@link AgentStream}. */
final class StreamOutput extends OutputStream {
    private final AgentStream stream;

    StreamOutput(AgentStream stream) {
        this.stream = stream;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        stream.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
        stream.endOutput();
    }
}
