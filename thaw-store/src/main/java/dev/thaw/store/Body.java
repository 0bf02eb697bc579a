package dev.thaw.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** The bytes of an object to be written. A store may open it more than once, when an attempt is repeated. */
public interface Body {
    long lengthBytes();

    /** From the first byte; the store closes it. Its last read may throw to say that the bytes were wrong after all. */
    ReadableByteChannel open() throws IOException;

    /** A small document. */
    static Body of(byte[] bytes) {
        byte[] copy = bytes.clone();
        return new Body() {
            @Override
            public long lengthBytes() {
                return copy.length;
            }

            @Override
            public ReadableByteChannel open() {
                return new BytesChannel(ByteBuffer.wrap(copy));
            }
        };
    }
}
