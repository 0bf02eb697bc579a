package dev.thaw.store.object;

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
        return of(ByteBuffer.wrap(bytes.clone()));
    }

    /** Bytes that nobody changes any more. */
    static Body of(ByteBuffer bytes) {
        ByteBuffer fixed = bytes.asReadOnlyBuffer();
        return new Body() {
            @Override
            public long lengthBytes() {
                return fixed.remaining();
            }

            @Override
            public ReadableByteChannel open() {
                return new BytesChannel(fixed.duplicate());
            }
        };
    }
}
