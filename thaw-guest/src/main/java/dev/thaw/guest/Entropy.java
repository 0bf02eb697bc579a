package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.security.SecureRandom;

/** Random bytes that seed a guest's kernel: 32 to 512 of them, used once. */
public final class Entropy {
    public static final int MIN_BYTES = 32;
    public static final int MAX_BYTES = 512;

    private static final int FRESH_BYTES = 64;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] bytes;

    private Entropy(byte[] bytes) {
        this.bytes = bytes;
    }

    /** 64 bytes that nobody has seen before. */
    public static Entropy fresh() {
        byte[] bytes = new byte[FRESH_BYTES];
        RANDOM.nextBytes(bytes);
        return new Entropy(bytes);
    }

    /** @throws IllegalArgumentException when there are fewer than 32 or more than 512 bytes */
    public static Entropy of(byte[] bytes) {
        requireNonNull(bytes, "bytes is null");
        if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "Entropy is " + MIN_BYTES + " to " + MAX_BYTES + " bytes, not " + bytes.length);
        }
        return new Entropy(bytes.clone());
    }

    public byte[] toByteArray() {
        return bytes.clone();
    }

    /** Says how many bytes, never which. */
    @Override
    public String toString() {
        return "Entropy[" + bytes.length + " bytes]";
    }
}
