package dev.thaw.store;

import dev.thaw.store.object.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** Takes the digest and the length of a memory's sparse form without making it. */
final class SparseHasher {
    private final MessageDigest hasher = Digest.hasher();
    private final long sizeBytes;
    private long denseBytes;

    SparseHasher(long sizeBytes) {
        this.sizeBytes = sizeBytes;
        header(SparseForm.MAGIC, sizeBytes);
    }

    void run(long offset, ByteBuffer data) {
        header(offset, data.remaining());
        denseBytes += data.remaining();
        hasher.update(data.duplicate());
    }

    Part finish(String trustDomain) {
        header(sizeBytes, 0);
        return new Part(PartKind.MEMORY, trustDomain, Digest.of(hasher), sizeBytes, denseBytes);
    }

    private void header(long first, long second) {
        hasher.update(SparseForm.header(first, second));
        denseBytes += SparseForm.HEADER_BYTES;
    }
}
