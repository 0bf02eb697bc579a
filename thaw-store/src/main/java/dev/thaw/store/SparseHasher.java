package dev.thaw.store;

import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** Takes the digest and the length of a memory's sparse form without making it. */
final class SparseHasher {
    private final MessageDigest hasher = Digest.hasher();
    private final long sizeBytes;
    private long storedBytes;

    SparseHasher(long sizeBytes) {
        this.sizeBytes = sizeBytes;
        header(SparseForm.MAGIC, sizeBytes);
    }

    void run(long offset, ByteBuffer data) {
        header(offset, data.remaining());
        storedBytes += data.remaining();
        hasher.update(data.duplicate());
    }

    Part finish() {
        header(sizeBytes, 0);
        return new Part(PartKind.MEMORY, Digest.of(hasher), sizeBytes, storedBytes);
    }

    private void header(long first, long second) {
        hasher.update(SparseForm.header(first, second));
        storedBytes += SparseForm.HEADER_BYTES;
    }
}
