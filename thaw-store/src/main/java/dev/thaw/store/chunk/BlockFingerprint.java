package dev.thaw.store.chunk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Tells blocks of {@link Blocks#BYTES} apart, a few times as fast as a cryptographic hash. Its key is random and never
 * leaves the process, nor do fingerprints.
 *
 * <h2>Two blocks with one fingerprint</h2>
 *
 * Whoever chooses two different blocks, without knowing the key, gets one fingerprint for both with a probability below
 * 2<sup>-109</sup>. NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, CRYPTO '99) with words of 64 bits gives any one
 * difference of two sums with at most 2<sup>-64</sup>. The upper and the lower halves of the 256 products are summed apart
 * here, without carries, which makes 511 differences of the whole sums look alike: 2<sup>-55</sup>. It is done twice, the
 * second time with the key shifted by a pair (the Toeplitz construction of the same paper): 2<sup>-110</sup>. Two
 * multilinear hashes of 64 bits each (Dietzfelbinger, STACS '96) shorten the four sums and add 2<sup>-128</sup>.
 *
 * <p>Whoever sees which blocks hit learns nothing about the key as long as no two have met, since until then a hit says no more
 * than that two blocks are equal. So these bounds add up over all pairs, however the blocks are chosen: 2<sup>20</sup>
 * remembered ones against 2<sup>40</sup>, 4 PiB, that are published meet with 2<sup>-49</sup>.
 */
public final class BlockFingerprint {
    /** How many numbers a fingerprint has. */
    static final int LONGS = 2;

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int WORDS_A_BLOCK = Blocks.BYTES / Long.BYTES;
    private static final int SUMS = 4;

    private final long[] key;
    private final long[] shortening;

    /** With a key of its own. */
    public BlockFingerprint(SecureRandom random) {
        key = longs(random, WORDS_A_BLOCK + 2);
        shortening = longs(random, LONGS * 2 * (SUMS + 1));
    }

    private static long[] longs(SecureRandom random, int count) {
        byte[] bytes = new byte[count * Long.BYTES];
        random.nextBytes(bytes);
        long[] longs = new long[count];
        ByteBuffer.wrap(bytes).asLongBuffer().get(longs);
        return longs;
    }

    /** Puts the fingerprint of the {@link Blocks#BYTES} bytes from {@code offset} on into {@code target}. */
    void take(byte[] bytes, int offset, long[] target) {
        long[] k = key;
        long low1 = 0;
        long high1 = 0;
        long low2 = 0;
        long high2 = 0;
        for (int i = 0; i < WORDS_A_BLOCK; i += 2) {
            int at = offset + i * Long.BYTES;
            long first = (long) WORDS.get(bytes, at);
            long second = (long) WORDS.get(bytes, at + Long.BYTES);
            long x = first + k[i];
            long y = second + k[i + 1];
            low1 += x * y;
            high1 += Math.unsignedMultiplyHigh(x, y);
            x = first + k[i + 2];
            y = second + k[i + 3];
            low2 += x * y;
            high2 += Math.unsignedMultiplyHigh(x, y);
        }
        for (int i = 0; i < LONGS; i++) {
            target[i] = shorten(i * 2 * (SUMS + 1), low1, high1, low2, high2);
        }
    }

    /** The upper half of c + a·k + b·l + …, modulo 2^128; constants are pairs, the upper half first. */
    private long shorten(int from, long a, long b, long c, long d) {
        long high = shortening[from];
        long low = shortening[from + 1];
        long word = a;
        for (int i = 1; i <= SUMS; i++) {
            long factorHigh = shortening[from + 2 * i];
            long factorLow = shortening[from + 2 * i + 1];
            long product = factorLow * word;
            low += product;
            long carry = Long.compareUnsigned(low, product) < 0 ? 1 : 0;
            high += factorHigh * word + Math.unsignedMultiplyHigh(factorLow, word) + carry;
            word = i == 1 ? b : i == 2 ? c : d;
        }
        return high;
    }
}
