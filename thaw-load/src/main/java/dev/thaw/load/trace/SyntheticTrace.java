package dev.thaw.load.trace;

import dev.thaw.load.random.GoRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Invents a trace with the skew of Azure's, after the distributions that "Serverless in the Wild" (Shahrad and others, ATC 2020) states.
 *
 * <ul>
 *   <li>Popularity: invocations a minute are log-normal such that 45 % of functions run at most hourly and 81 % at most once a minute on
 *       average, up to a cap that the wanted total decides.
 *   <li>Period: 15.6 % of functions are timers and fire at equal intervals; the others are Poisson, with a daily swing of 30 %.
 *   <li>Duration: a function's mean is log-normal with log mean −0.38 and σ 2.36 (seconds), its invocations log-normal around it.
 *   <li>Memory: a function's mean is Burr XII with c = 11.652, k = 0.221 and scale 107.083 (MB), its invocations within a fifth of it.
 * </ul>
 */
public final class SyntheticTrace {
    private static final double RATE_LOG_MEAN = -3.582;
    private static final double RATE_LOG_SIGMA = 4.080;
    private static final double MAX_RATE = 60_000;
    private static final double DAILY_SWING = 0.3;
    private static final double DURATION_LOG_MEAN = -0.38;
    private static final double DURATION_LOG_SIGMA = 2.36;
    private static final double OWN_LOG_SIGMA = 0.5;
    private static final double BURR_C = 11.652;
    private static final double BURR_K = 0.221;
    private static final double BURR_SCALE_MB = 107.083;
    private static final int[] TIMER_MINUTES = {1, 1, 5, 5, 10, 15, 30, 60, 60, 360, 1440};

    /** Shares of functions by trigger, in percent, as published. */
    private static final String[] TRIGGERS = {"http", "queue", "timer", "orchestration", "storage", "event", "others"};

    private static final double[] TRIGGER_SHARES = {55.0, 15.2, 15.6, 6.9, 2.8, 2.2, 2.3};

    private static final double[] DURATION_QUANTILES = {-3.09, -2.326, -0.674, 0, 0.674, 2.326, 3.09};
    private static final double[] MEMORY_FACTORS = {0.8, 0.85, 0.95, 1, 1.05, 1.15, 1.18, 1.2};

    private final GoRandom random;
    private final int minutes;

    private SyntheticTrace(long seed, int minutes) {
        random = new GoRandom(seed);
        this.minutes = minutes;
    }

    /**
     * @param invocations roughly how many in all; 0 for what the distribution gives
     * @throws IllegalArgumentException with a text for the user
     */
    public static List<FunctionTrace> generate(int functions, int minutes, long invocations, long seed) {
        if (functions < 1 || functions > 1_000_000) {
            throw new IllegalArgumentException("A trace has 1 to 1000000 functions, not " + functions + ".");
        }
        if (minutes < 1 || minutes > Azure2019.MAX_UNITS) {
            throw new IllegalArgumentException(
                    "A trace has 1 to " + Azure2019.MAX_UNITS + " minutes, not " + minutes + ".");
        }
        SyntheticTrace generator = new SyntheticTrace(seed, minutes);
        double[] rates = new double[functions];
        for (int i = 0; i < functions; i++) {
            rates[i] = Math.min(MAX_RATE, StrictMath.exp(RATE_LOG_MEAN + RATE_LOG_SIGMA * generator.normal()));
        }
        double cap = invocations == 0 ? MAX_RATE : capFor(rates, (double) invocations / minutes);
        List<FunctionTrace> trace = new ArrayList<>(functions);
        for (int i = 0; i < functions; i++) {
            trace.add(generator.function(i, Math.min(rates[i], cap)));
        }
        return trace;
    }

    /** The cap at which the rates add up to the wanted total: the distribution's body stays, its far tail is cut. */
    private static double capFor(double[] rates, double total) {
        double low = 0;
        double high = MAX_RATE;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            double sum = 0;
            for (double rate : rates) {
                sum += Math.min(rate, middle);
            }
            if (sum < total) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private FunctionTrace function(int index, double rate) {
        String trigger = trigger();
        int[] counts = trigger.equals("timer") ? timer() : poisson(rate);
        double mean = Math.min(
                600_000, Math.max(1, 1000 * StrictMath.exp(DURATION_LOG_MEAN + DURATION_LOG_SIGMA * normal())));
        double memory = burr();
        String hash = String.format(Locale.ROOT, "%016x%016x", random.nextBits(), random.nextBits());
        return new FunctionTrace(
                String.format(Locale.ROOT, "owner%06d", index / 10),
                String.format(Locale.ROOT, "app%06d", index / 3),
                hash,
                trigger,
                counts,
                durations(mean, counts),
                memory(memory, counts));
    }

    private String trigger() {
        double at = random.nextFloat64() * 100;
        int i = 0;
        while (i < TRIGGERS.length - 1 && at >= TRIGGER_SHARES[i]) {
            at -= TRIGGER_SHARES[i++];
        }
        return TRIGGERS[i];
    }

    private int[] timer() {
        int period = TIMER_MINUTES[random.nextInt(TIMER_MINUTES.length)];
        int[] counts = new int[minutes];
        for (int i = random.nextInt(period); i < minutes; i += period) {
            counts[i] = 1;
        }
        return counts;
    }

    private int[] poisson(double rate) {
        int[] counts = new int[minutes];
        double phase = random.nextFloat64();
        // Gaps in the time of a process with rate 1; each minute is as long there as its rate.
        double next = random.nextExponential();
        double passed = 0;
        for (int i = 0; i < minutes; i++) {
            passed += rate * (1 + DAILY_SWING * StrictMath.sin(2 * Math.PI * (i / 1440.0 + phase)));
            while (next <= passed) {
                counts[i]++;
                next += random.nextExponential();
            }
        }
        return counts;
    }

    private static DurationStatistics durations(double mean, int[] counts) {
        double median = mean / StrictMath.exp(OWN_LOG_SIGMA * OWN_LOG_SIGMA / 2);
        double[] quantiles = new double[DURATION_QUANTILES.length];
        for (int i = 0; i < quantiles.length; i++) {
            quantiles[i] = rounded(median * StrictMath.exp(OWN_LOG_SIGMA * DURATION_QUANTILES[i]));
        }
        return new DurationStatistics(
                rounded(mean),
                Math.max(1, total(counts)),
                quantiles[0],
                quantiles[6],
                quantiles[0],
                quantiles[1],
                quantiles[2],
                quantiles[3],
                quantiles[4],
                quantiles[5],
                quantiles[6]);
    }

    private static MemoryStatistics memory(double mean, int[] counts) {
        double[] columns = new double[MemoryStatistics.COLUMNS.size()];
        columns[0] = Math.max(1, total(counts));
        columns[1] = rounded(mean);
        for (int i = 0; i < MEMORY_FACTORS.length; i++) {
            columns[i + 2] = rounded(mean * MEMORY_FACTORS[i]);
        }
        return MemoryStatistics.of(columns);
    }

    private static long total(int[] counts) {
        long total = 0;
        for (int count : counts) {
            total += count;
        }
        return total;
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    /** By inverting the distribution function. */
    private double burr() {
        double u = random.nextFloat64();
        return Math.min(4096, BURR_SCALE_MB * StrictMath.pow(StrictMath.pow(1 - u, -1 / BURR_K) - 1, 1 / BURR_C));
    }

    /** Box and Muller. */
    private double normal() {
        double radius = StrictMath.sqrt(2 * random.nextExponential());
        return radius * StrictMath.cos(2 * Math.PI * random.nextFloat64());
    }
}
