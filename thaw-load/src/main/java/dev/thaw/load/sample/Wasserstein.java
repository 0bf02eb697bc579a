package dev.thaw.load.sample;

/** The first Wasserstein distance of two distributions on a line: the area between their cumulative distribution functions. */
final class Wasserstein {
    private Wasserstein() {}

    /**
     * Of two samples of values that are mostly 0, of which only the others are given.
     *
     * @param a positive values, ascending, the first {@code aCount} of the array
     * @param aSize how many values there are with the zeros
     */
    static double distance(double[] a, int aCount, int aSize, double[] b, int bCount, int bSize) {
        double distance = 0;
        double previous = 0;
        int i = 0;
        int j = 0;
        while (i < aCount || j < bCount) {
            double next = Math.min(i < aCount ? a[i] : Double.MAX_VALUE, j < bCount ? b[j] : Double.MAX_VALUE);
            double aBelow = (double) (aSize - aCount + i) / aSize;
            double bBelow = (double) (bSize - bCount + j) / bSize;
            distance += Math.abs(aBelow - bBelow) * (next - previous);
            while (i < aCount && a[i] == next) {
                i++;
            }
            while (j < bCount && b[j] == next) {
                j++;
            }
            previous = next;
        }
        return distance;
    }
}
