package dev.thaw.kubernetes.resource;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The first 48 bits of the SHA-256 of a snapshot's identity: the key of digests and of the index. Among 100,000 snapshots two
 * share a key with a probability of 1 in 56,000; the harm would be a wrong preference, never a wrong snapshot.
 */
public final class SnapshotKey {
    static final int BITS = 48;

    private SnapshotKey() {}

    public static long of(String identity) {
        requireNonNull(identity, "identity is null");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong() >>> (Long.SIZE - BITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
