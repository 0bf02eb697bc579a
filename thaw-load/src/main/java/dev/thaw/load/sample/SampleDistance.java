package dev.thaw.load.sample;

/**
 * How far a sample is from its original: mean Wasserstein distances over the minutes of a trace.
 *
 * @param invocations by invocations a minute
 * @param load by load a minute
 * @param mean of both
 * @param deviation standard deviation of the mean over the minutes
 */
public record SampleDistance(double invocations, double load, double mean, double deviation) {
    static SampleDistance of(double[] byCount, double[] byLoad) {
        double counts = 0;
        double loads = 0;
        double squares = 0;
        for (int i = 0; i < byCount.length; i++) {
            counts += byCount[i];
            loads += byLoad[i];
            double both = (byCount[i] + byLoad[i]) / 2;
            squares += both * both;
        }
        int minutes = byCount.length;
        double mean = (counts + loads) / 2 / minutes;
        return new SampleDistance(
                counts / minutes, loads / minutes, mean, Math.sqrt(Math.max(0, squares / minutes - mean * mean)));
    }
}
