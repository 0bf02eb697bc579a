package dev.thaw.load.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A constant rate of requests, a share of which are cold starts: In-Vitro's RPS mode.
 *
 * <p>Warm requests go to one function, or to several of the whole rate each, a fraction of a period apart. Cold ones go in turn to as
 * many functions as make each of them wait its cool-down between two requests, so that the platform has scaled it to zero meanwhile.
 */
record RpsPlan(long seed, List<FunctionPlan> plans, int warmupUnits) implements Plan {
    private static final double MINUTE_MICROS = 60_000_000;

    RpsPlan {
        plans = List.copyOf(plans);
    }

    static RpsPlan of(LoaderConfig config) {
        int minutes = config.totalUnits();
        double warmRate = config.rpsTarget() * (100 - config.rpsColdStartPercentage()) / 100;
        double coldRate = config.rpsTarget() * config.rpsColdStartPercentage() / 100;
        List<FunctionPlan> plans = new ArrayList<>();
        if (warmRate > 0) {
            int functions = config.rpsFunctionCount();
            for (int i = 0; i < functions; i++) {
                double offset = (double) i / functions * (1_000_000 / warmRate);
                plans.add(plan("warm-function-" + i, warmGaps(minutes, warmRate, offset), minutes, config));
            }
        }
        List<double[]> cold = coldGaps(minutes, coldRate, config.rpsCooldownSeconds());
        for (int i = 0; i < cold.size(); i++) {
            plans.add(plan("cold-function-" + i, cold.get(i), minutes, config));
        }
        return new RpsPlan(config.seed(), plans, config.warmupDuration());
    }

    /** Equal gaps over some minutes; the first is the given one. */
    static double[] warmGaps(int minutes, double rate, double firstGap) {
        double gap = 1_000_000 / rate;
        double total = minutes * MINUTE_MICROS;
        double[] gaps = new double[(int) Math.ceil(total / gap) + 1];
        int count = 0;
        for (double at = 0; at < total; at += gap) {
            gaps[count++] = gap;
        }
        if (count > 0) {
            gaps[0] = firstGap;
        }
        return Arrays.copyOf(gaps, count);
    }

    static List<double[]> coldGaps(int minutes, double rate, int cooldownSeconds) {
        double gap = 1_000_000 / rate;
        int functions = rate == 0 ? 0 : (int) Math.ceil(rate * cooldownSeconds);
        return IntStream.range(0, functions)
                .mapToObj(i -> {
                    // Whole microseconds and whole seconds, as the original counts them.
                    int withinSecond = rate >= 1 ? (int) (i % (int) rate * gap) : 0;
                    long betweenSeconds = (long) (i / rate) * 1_000_000;
                    double functionRate = rate >= 1 ? 1.0 / cooldownSeconds : 1 / (functions / rate);
                    return warmGaps(minutes, functionRate, withinSecond + betweenSeconds);
                })
                .toList();
    }

    private static FunctionPlan plan(String name, double[] gaps, int minutes, LoaderConfig config) {
        int[] runtimes = new int[gaps.length];
        Arrays.fill(runtimes, config.rpsRuntimeMillis());
        int[] memory = new int[gaps.length];
        Arrays.fill(memory, config.rpsMemoryMib());
        return new FunctionPlan(
                name, Math.max(1, config.rpsMemoryMib()), gaps, minuteCounts(gaps, minutes), runtimes, memory);
    }

    /** A late function's last request may fall behind the last minute; it counts there. */
    static int[] minuteCounts(double[] gaps, int minutes) {
        int[] counts = new int[minutes];
        double at = 0;
        for (double gap : gaps) {
            at += gap;
            counts[(int) Math.min(at / MINUTE_MICROS, minutes - 1)]++;
        }
        return counts;
    }

    @Override
    public int functions() {
        return plans.size();
    }

    @Override
    public Granularity granularity() {
        return Granularity.MINUTE;
    }

    @Override
    public Iterator<FunctionPlan> iterator() {
        return plans.iterator();
    }
}
