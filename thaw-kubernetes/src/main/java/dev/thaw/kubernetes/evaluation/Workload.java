package dev.thaw.kubernetes.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Functions, and the instances that an autoscaler would start and end for them: Azure-like, drawn from a seed.
 *
 * <p>After 'Serverless in the Wild' (ATC'20): invocation rates are lognormal over five orders of magnitude, so that most
 * functions are rare and a few make most instances; 90 % use less than 300 MB; a third are triggered by queues and arrive in
 * batches, a sixth by timers on the minute. Working sets are REAP's (ASPLOS'21), 8 to 99 MB with a mean of 24. An instance
 * lives for the keep-alive of a minute and as long as invocations keep coming.
 *
 * @param arrivals by time
 */
public record Workload(long seed, List<Function> functions, List<Arrival> arrivals, double seconds) {
    private static final double RATE_SIGMA = 2.0;
    private static final double KEEP_ALIVE_SECONDS = 60;
    private static final double MEAN_BATCH = 12;

    /** A lognormal through REAP's range and mean. */
    private static final double WORKING_SET_MEDIAN_BYTES = 18e6;

    private static final double WORKING_SET_SIGMA = 0.75;
    private static final double SMALLEST_WORKING_SET_BYTES = 8e6;
    private static final double LARGEST_WORKING_SET_BYTES = 99e6;

    /**
     * @param workingSetBytes bytes that a thaw needs
     * @param memoryBytes memory of an instance
     * @param cpuMillis its share of a core, in thousandths, proportional to its memory
     */
    public record Function(
            int id, Trigger trigger, double weight, long workingSetBytes, long memoryBytes, int cpuMillis) {
        public String name() {
            return "f%04d".formatted(id);
        }
    }

    /** What makes a function's instances start. */
    public enum Trigger {
        HTTP,
        QUEUE,
        TIMER
    }

    /** An instance's start and end, in seconds from the beginning. */
    public record Arrival(int id, Function function, double start, double end) {}

    /** How much there is of it. */
    public record Shape(
            int functions, double meanInstances, double meanLifeSeconds, double rampSeconds, double seconds) {}

    /** The same seed and shape give the same workload. */
    public static Workload generate(long seed, Shape shape) {
        Random random = new Random(seed);
        List<Function> functions = new ArrayList<>();
        double weights = 0;
        for (int i = 0; i < shape.functions(); i++) {
            Function function = function(i, random);
            functions.add(function);
            weights += function.weight();
        }
        double instancesPerSecond = shape.meanInstances() / shape.meanLifeSeconds();
        List<Raw> raw = new ArrayList<>();
        for (Function function : functions) {
            double share = function.weight() / weights;
            ramp(raw, function, share, shape, random);
            steady(raw, function, share * instancesPerSecond, shape, random);
        }
        raw.sort(Comparator.comparingDouble(Raw::start));
        List<Arrival> arrivals = new ArrayList<>();
        for (Raw one : raw) {
            arrivals.add(new Arrival(arrivals.size(), one.function(), one.start(), one.start() + one.life()));
        }
        return new Workload(seed, List.copyOf(functions), List.copyOf(arrivals), shape.seconds());
    }

    private record Raw(Function function, double start, double life) {}

    private static Function function(int id, Random random) {
        double trigger = random.nextDouble();
        long workingSet = (long) Math.clamp(
                WORKING_SET_MEDIAN_BYTES * Math.exp(WORKING_SET_SIGMA * random.nextGaussian()),
                SMALLEST_WORKING_SET_BYTES,
                LARGEST_WORKING_SET_BYTES);
        int megabytes = random.nextInt(10) == 0 ? 512 : random.nextBoolean() ? 128 : 256;
        // A single function above a fifth of everything would make the run about itself.
        double weight = Math.min(Math.exp(RATE_SIGMA * random.nextGaussian()), 40);
        return new Function(
                id,
                trigger < 1 / 3.0 ? Trigger.QUEUE : trigger < 0.5 ? Trigger.TIMER : Trigger.HTTP,
                weight,
                workingSet,
                megabytes << 20,
                megabytes);
    }

    /** The instances that live when the measured time begins, spread over the ramp so that nothing is measured of it. */
    private static void ramp(List<Raw> raw, Function function, double share, Shape shape, Random random) {
        double expected = share * shape.meanInstances();
        int count = (int) expected + (random.nextDouble() < expected - (int) expected ? 1 : 0);
        for (int i = 0; i < count; i++) {
            raw.add(new Raw(
                    function,
                    random.nextDouble() * shape.rampSeconds(),
                    shape.rampSeconds() + restOfLife(shape, random)));
        }
    }

    private static void steady(List<Raw> raw, Function function, double perSecond, Shape shape, Random random) {
        double mean = function.trigger() == Trigger.QUEUE ? MEAN_BATCH : 1;
        double time = shape.rampSeconds();
        while (true) {
            time += -Math.log(1 - random.nextDouble()) * mean / perSecond;
            if (time >= shape.seconds()) {
                return;
            }
            double at = function.trigger() == Trigger.TIMER
                    ? Math.min(shape.seconds() - 1, Math.ceil(time / 60) * 60)
                    : time;
            int batch = function.trigger() == Trigger.QUEUE ? geometric(random) : 1;
            for (int i = 0; i < batch; i++) {
                raw.add(new Raw(function, at + i * 0.001, life(shape, random)));
            }
        }
    }

    /** From 1, with a mean of {@link #MEAN_BATCH}. */
    private static int geometric(Random random) {
        return 1 + (int) (Math.log(1 - random.nextDouble()) / Math.log(1 - 1 / MEAN_BATCH));
    }

    /**
     * What is left of the life of an instance that is met at any time: with lives of at least the keep-alive, the chance to meet
     * one within its last keep-alive is the keep-alive's share of the mean.
     */
    private static double restOfLife(Shape shape, Random random) {
        double rest = random.nextDouble();
        return rest < KEEP_ALIVE_SECONDS / shape.meanLifeSeconds()
                ? random.nextDouble() * KEEP_ALIVE_SECONDS
                : life(shape, random);
    }

    private static double life(Shape shape, Random random) {
        return KEEP_ALIVE_SECONDS - Math.log(1 - random.nextDouble()) * (shape.meanLifeSeconds() - KEEP_ALIVE_SECONDS);
    }
}
