package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;

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
        return of(List.of(bytes));
    }

    /** Bytes that nobody changes any more, piece after piece. */
    static Body of(List<ByteBuffer> pieces) {
        List<ByteBuffer> fixed =
                pieces.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
        return new Body() {
            @Override
            public long lengthBytes() {
                return fixed.stream().mapToLong(ByteBuffer::remaining).sum();
            }

            @Override
            public ReadableByteChannel open() {
                return new BytesChannel(
                        fixed.stream().map(ByteBuffer::duplicate).toList());
            }
        };
    }
}
