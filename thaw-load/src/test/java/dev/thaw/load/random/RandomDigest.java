package dev.thaw.load.random;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongSupplier;

/** Digests of long draws: one line a seed, in the form that the Go program of {@link GoRandomIT} prints. */
final class RandomDigest {
    static final int DRAWS = 1_000_000;

    private RandomDigest() {}

    static String line(long seed) {
        GoRandom random = new GoRandom(seed);
        int[] bound = {0};
        return seed + " " + digest(random::nextBits)
                + " " + digest(() -> Double.doubleToRawLongBits(random.nextExponential()))
                + " " + digest(() -> Double.doubleToRawLongBits(random.nextFloat64()))
                + " " + digest(() -> random.nextInt(++bound[0]));
    }

    private static String digest(LongSupplier draws) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < DRAWS; i++) {
                digest.update(buffer.putLong(0, draws.getAsLong()).array());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("SHA-256 is in every JDK", e);
        }
    }
}
