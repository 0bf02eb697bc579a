package dev.thaw.load.random;

/**
 * The additive lagged Fibonacci generator behind Go's {@code rand.NewSource}: x(n) = x(n−607) + x(n−273) mod 2⁶⁴ (Mitchell and Reeds).
 *
 * <h2>Seeding</h2>
 * A seed is reduced mod 2³¹−1, expanded to 607 words by the minimal standard generator (Park and Miller, multiplier 48271), and each
 * word is XORed with the state that the same recurrence reaches from a fixed start after 7.8·10¹² steps. That fixed state is computed
 * here, not stored: the recurrence is linear, so jumping k steps is raising x to the power k modulo its characteristic polynomial.
 *
 * <p>Not thread safe.
 */
final class LaggedFibonacci {
    private static final int LENGTH = 607;
    private static final int TAP = 273;
    private static final int MODULUS = Integer.MAX_VALUE;
    private static final int MULTIPLIER = 48271;

    /** What a seed of zero stands for: zero would be a fixed point of the expansion. */
    private static final int ZERO_SEED = 89482311;

    private static final int DISCARDED = 20;
    private static final long WARM_UP_STEPS = 7_800_000_000_000L;

    private final long[] state = new long[LENGTH];
    private int tap = 0;
    private int feed = LENGTH - TAP;

    LaggedFibonacci(long seed) {
        long[] mask = WarmedUp.STATE;
        expand(seed, 40, 20, state);
        for (int i = 0; i < LENGTH; i++) {
            state[i] ^= mask[i];
        }
    }

    /** 64 fresh bits. */
    long next() {
        tap = tap == 0 ? LENGTH - 1 : tap - 1;
        feed = feed == 0 ? LENGTH - 1 : feed - 1;
        long value = state[feed] + state[tap];
        state[feed] = value;
        return value;
    }

    private static void expand(long seed, int highShift, int middleShift, long[] into) {
        long x = Math.floorMod(seed, (long) MODULUS);
        if (x == 0) {
            x = ZERO_SEED;
        }
        for (int i = 0; i < DISCARDED; i++) {
            x = x * MULTIPLIER % MODULUS;
        }
        for (int i = 0; i < into.length; i++) {
            long high = x = x * MULTIPLIER % MODULUS;
            long middle = x = x * MULTIPLIER % MODULUS;
            long low = x = x * MULTIPLIER % MODULUS;
            into[i] = high << highShift ^ middle << middleShift ^ low;
        }
    }

    /** The fixed state, computed on first use (about a tenth of a second). */
    private static final class WarmedUp {
        static final long[] STATE = compute();

        private static long[] compute() {
            long[] start = new long[LENGTH];
            expand(1, 20, 10, start);
            // In time order: the array is walked downwards, the feed first, so the oldest word is just below the feed.
            long[] sequence = new long[2 * LENGTH - 1];
            for (int i = 0; i < LENGTH; i++) {
                sequence[i] = start[Math.floorMod(LENGTH - TAP - 1 - i, LENGTH)];
            }
            for (int i = LENGTH; i < sequence.length; i++) {
                sequence[i] = sequence[i - LENGTH] + sequence[i - TAP];
            }
            long[] jump = powerOfX(WARM_UP_STEPS);
            long[] jumped = new long[LENGTH];
            for (int i = 0; i < LENGTH; i++) {
                long sum = 0;
                for (int j = 0; j < LENGTH; j++) {
                    sum += jump[j] * sequence[i + j];
                }
                jumped[i] = sum;
            }
            // Back to array order; the positions have moved on by the same number of steps.
            int feed = Math.floorMod(LENGTH - TAP - WARM_UP_STEPS, LENGTH);
            long[] state = new long[LENGTH];
            for (int i = 0; i < LENGTH; i++) {
                state[Math.floorMod(feed - 1 - i, LENGTH)] = jumped[i];
            }
            return state;
        }

        /** x^exponent modulo x^607 − x^334 − 1, coefficients mod 2⁶⁴. */
        private static long[] powerOfX(long exponent) {
            long[] result = new long[LENGTH];
            result[0] = 1;
            for (int bit = 63 - Long.numberOfLeadingZeros(exponent); bit >= 0; bit--) {
                long[] product = new long[2 * LENGTH];
                for (int i = 0; i < LENGTH; i++) {
                    for (int j = 0; j < LENGTH; j++) {
                        product[i + j] += result[i] * result[j];
                    }
                }
                if ((exponent >>> bit & 1) == 1) {
                    System.arraycopy(product, 0, product, 1, product.length - 1);
                    product[0] = 0;
                }
                for (int i = product.length - 1; i >= LENGTH; i--) {
                    product[i - LENGTH] += product[i];
                    product[i - TAP] += product[i];
                }
                System.arraycopy(product, 0, result, 0, LENGTH);
            }
            return result;
        }
    }
}
