package dev.thaw.store;

import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.PackId;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Frames whose bytes and length follow from their name, so that each can be told from every other. */
public final class TestFrames {
    /** Like the sealed bytes of a page or of eight. */
    private static final int MOST_BYTES = 33_000;

    private static final int IN_PACK = 100;

    private TestFrames() {}

    public static FrameKey key(int number) {
        int pack = number / IN_PACK;
        return new FrameKey(new PackId(pack % 3, 0x1234_5678L * pack, ~(long) pack), number % IN_PACK);
    }

    public static List<FrameKey> keys(int first, int end) {
        return IntStream.range(first, end).mapToObj(TestFrames::key).toList();
    }

    public static byte[] sealed(FrameKey key) {
        Random random = new Random(key.hashCode());
        return bytes(key, 1 + random.nextInt(random.nextBoolean() ? 5_000 : MOST_BYTES));
    }

    /** Bytes of that frame, as many as one wants. */
    public static byte[] bytes(FrameKey key, int length) {
        byte[] bytes = new byte[length];
        new Random(key.hashCode() * 31L + length).nextBytes(bytes);
        return bytes;
    }
}
