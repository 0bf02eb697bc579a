package dev.thaw.load.random;

/**
 * {@code rand.New(rand.NewSource(seed))} of Go's {@code math/rand}: the same seed gives the same values in the same order. Go keeps that
 * stream stable by its compatibility promise, which is why a trace's arrivals can be reproduced at all.
 *
 * <p>Not thread safe.
 */
public final class GoRandom {
    private static final double TWO_TO_63 = 0x1p63;
    private static final double LN2_HIGH = 0x1.62e42feep-1;
    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

    private final LaggedFibonacci source;

    public GoRandom(long seed) {
        source = new LaggedFibonacci(seed);
    }

    /** Go's {@code Uint64}. */
    public long nextBits() {
        return source.next();
    }

    /** Go's {@code Float64}: uniform in [0, 1). */
    public double nextFloat64() {
        while (true) {
            double value = nextInt63() / TWO_TO_63;
            if (value != 1) {
                return value;
            }
        }
    }

    /**
     * Go's {@code Intn}: uniform in [0, bound).
     *
     * @throws IllegalArgumentException unless bound is positive
     */
    public int nextInt(int bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("bound is not positive: " + bound);
        }
        if ((bound & (bound - 1)) == 0) {
            return nextInt31() & (bound - 1);
        }
        int last = (int) ((1L << 31) - 1 - (1L << 31) % bound);
        int value = nextInt31();
        while (value > last) {
            value = nextInt31();
        }
        return value % bound;
    }

    /** Go's {@code ExpFloat64}: exponentially distributed with mean 1. */
    public double nextExponential() {
        while (true) {
            long draw = nextInt63() >>> 31;
            int layer = (int) (draw & 0xFF);
            double value = draw * (double) Ziggurat.WIDTH[layer];
            if (draw < Ziggurat.BOUND[layer]) {
                return value;
            }
            if (layer == 0) {
                return Ziggurat.TAIL - log(nextFloat64());
            }
            // In single precision, as in Go: the comparison is part of the stream.
            float height = Ziggurat.HEIGHT[layer]
                    + (float) nextFloat64() * (Ziggurat.HEIGHT[layer - 1] - Ziggurat.HEIGHT[layer]);
            if (height < (float) StrictMath.exp(-value)) {
                return value;
            }
        }
    }

    private long nextInt63() {
        return source.next() & Long.MAX_VALUE;
    }

    private int nextInt31() {
        return (int) (nextInt63() >>> 32);
    }

    /**
     * The natural logarithm of a positive normal number with the rounding of Go's {@code math.Log}: fdlibm's polynomial, evaluated
     * without fdlibm's special cases, which is why StrictMath differs from it in the last bit now and then.
     */
    static double log(double x) {
        int exponent = Math.getExponent(x) + 1;
        double fraction = x / Math.scalb(1.0, exponent);
        if (fraction < Math.sqrt(2) / 2) {
            fraction *= 2;
            exponent--;
        }
        double f = fraction - 1;
        double s = f / (2 + f);
        double s2 = s * s;
        double s4 = s2 * s2;
        double odd = s2
                * (6.666666666666735130e-01
                        + s4
                                * (2.857142874366239149e-01
                                        + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)));
        double even = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01));
        double halfSquare = 0.5 * f * f;
        return exponent * LN2_HIGH - (halfSquare - (s * (halfSquare + (odd + even)) + exponent * LN2_LOW) - f);
    }
}
