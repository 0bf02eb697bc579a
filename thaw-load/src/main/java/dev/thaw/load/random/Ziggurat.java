package dev.thaw.load.random;

/**
 * The tables of the exponential ziggurat with 256 layers (Marsaglia and Tsang, "The Ziggurat Method for Generating Random Variables",
 * 2000), computed as the paper does and rounded to single precision as Go's are.
 */
final class Ziggurat {
    static final int LAYERS = 256;

    /** Where the tail begins, from the paper. */
    static final double TAIL = 7.69711747013104972;

    /** The area of each layer, from the paper. */
    private static final double AREA = 3.949659822581572e-3;

    private static final double TWO_TO_32 = 4294967296.0;

    /** An unsigned 32-bit draw below this lies inside its layer. */
    static final long[] BOUND = new long[LAYERS];

    /** Width of a layer by 2³². */
    static final float[] WIDTH = new float[LAYERS];

    /** Height of the density at a layer's edge. */
    static final float[] HEIGHT = new float[LAYERS];

    static {
        double edge = TAIL;
        double above = AREA / StrictMath.exp(-edge);
        BOUND[0] = (long) (edge / above * TWO_TO_32);
        BOUND[1] = 0;
        WIDTH[0] = (float) (above / TWO_TO_32);
        WIDTH[LAYERS - 1] = (float) (edge / TWO_TO_32);
        HEIGHT[0] = 1;
        HEIGHT[LAYERS - 1] = (float) StrictMath.exp(-edge);
        for (int i = LAYERS - 2; i >= 1; i--) {
            double next = -StrictMath.log(AREA / edge + StrictMath.exp(-edge));
            BOUND[i + 1] = (long) (next / edge * TWO_TO_32);
            HEIGHT[i] = (float) StrictMath.exp(-next);
            WIDTH[i] = (float) (next / TWO_TO_32);
            edge = next;
        }
    }

    private Ziggurat() {}
}
