package dev.thaw.store.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The fingerprint against its definition, written plainly. */
class BlockFingerprintTest {
    private static final BigInteger WORD = BigInteger.ONE.shiftLeft(64);
    private static final BigInteger DOUBLE_WORD = BigInteger.ONE.shiftLeft(128);

    private final long seed = Long.getLong("thaw.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final KnownRandom keys = new KnownRandom(random.nextLong());
    private final BlockFingerprint fingerprint = new BlockFingerprint(keys);

    /** Random numbers that are handed out again to whoever asks. */
    private static final class KnownRandom extends SecureRandom {
        private static final long serialVersionUID = 1;

        private final transient Random source;
        private final transient List<BigInteger> words = new ArrayList<>();

        KnownRandom(long seed) {
            source = new Random(seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            source.nextBytes(bytes);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                words.add(unsigned(buffer.getLong()));
            }
        }
    }

    private static BigInteger unsigned(long word) {
        return new BigInteger(Long.toUnsignedString(word));
    }

    private long[] take(byte[] bytes, int offset) {
        long[] taken = new long[BlockFingerprint.LONGS];
        fingerprint.take(bytes, offset, taken);
        return taken;
    }

    private long[] plainly(byte[] block) {
        List<BigInteger> message = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            message.add(unsigned(bytes.getLong()));
        }
        List<BigInteger> sums = new ArrayList<>();
        for (int shift = 0; shift <= 2; shift += 2) {
            BigInteger low = BigInteger.ZERO;
            BigInteger high = BigInteger.ZERO;
            for (int i = 0; i < message.size(); i += 2) {
                BigInteger x = message.get(i).add(keys.words.get(i + shift)).mod(WORD);
                BigInteger y =
                        message.get(i + 1).add(keys.words.get(i + 1 + shift)).mod(WORD);
                low = low.add(x.multiply(y).mod(WORD));
                high = high.add(x.multiply(y).divide(WORD));
            }
            sums.add(low.mod(WORD));
            sums.add(high.mod(WORD));
        }
        long[] result = new long[2];
        for (int i = 0; i < 2; i++) {
            int from = message.size() + 2 + i * 10;
            BigInteger sum = pair(from);
            for (int term = 0; term < 4; term++) {
                sum = sum.add(pair(from + 2 + 2 * term).multiply(sums.get(term)));
            }
            result[i] = sum.mod(DOUBLE_WORD).divide(WORD).longValue();
        }
        return result;
    }

    private BigInteger pair(int at) {
        return keys.words.get(at).multiply(WORD).add(keys.words.get(at + 1));
    }

    @Test
    void isWhatItsDefinitionSays() {
        for (int i = 0; i < 200; i++) {
            byte[] block = new byte[Blocks.BYTES];
            random.nextBytes(block);
            assertThat(take(block, 0)).as("seed %d", seed).containsExactly(plainly(block));
        }
        byte[] ones = new byte[Blocks.BYTES];
        java.util.Arrays.fill(ones, (byte) 0xff);
        assertThat(take(ones, 0)).as("seed %d", seed).containsExactly(plainly(ones));
        assertThat(take(new byte[Blocks.BYTES], 0))
                .as("seed %d", seed)
                .containsExactly(plainly(new byte[Blocks.BYTES]));
    }

    @Test
    void dependsOnTheBlockAlone() {
        byte[] bytes = new byte[3 * Blocks.BYTES];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, bytes, Blocks.BYTES + 77, Blocks.BYTES);
        assertThat(take(bytes, Blocks.BYTES + 77)).isEqualTo(take(bytes, 0));
    }

    @Test
    void dependsOnEveryBit() {
        byte[] block = new byte[Blocks.BYTES];
        random.nextBytes(block);
        long[] before = take(block, 0);
        for (int bit = 0; bit < Blocks.BYTES * Byte.SIZE; bit++) {
            block[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThat(take(block, 0)).as("bit %d, seed %d", bit, seed).isNotEqualTo(before);
            block[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        }
    }
}
