package dev.thaw.load.sample;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.random.GoRandom;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.TraceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Draws samples that stand for a trace, as In-Vitro's sampler does: the largest first, each smaller one out of the one before, so that
 * a sweep over sizes only ever adds functions. Of several draws the one is taken whose Wasserstein distance from the original is the
 * smallest, averaged over the minutes and over two measures, invocations and load.
 *
 * <p>Every other draw is stratified: functions are put in order of their load and one is drawn from each of as many equal slices as the
 * sample has functions. In-Vitro's draws are all plain; a trace's load is so skewed that plain draws of any affordable number miss its
 * tail.
 */
public final class Sampler {
    /** What brings load to the size of counts for Azure's trace: a second × 10 a minute × 100 MB. */
    public static final double LOAD_NORM = 1000.0 * 10 * 100;

    private final List<FunctionTrace> source;
    private final TraceMatrix sourceMatrix;
    private final TraceMatrix original;
    private final GoRandom random;
    private final int trials;

    /** @throws TraceException when the traces differ in length */
    public Sampler(List<FunctionTrace> source, List<FunctionTrace> original, double loadNorm, int trials, long seed) {
        this.source = List.copyOf(requireNonNull(source, "source is null"));
        if (trials < 1) {
            throw new IllegalArgumentException("There must be at least one trial, not " + trials + ".");
        }
        sourceMatrix = new TraceMatrix(source, loadNorm);
        this.original = source == original ? sourceMatrix : new TraceMatrix(original, loadNorm);
        if (sourceMatrix.minutes() != this.original.minutes()) {
            throw new TraceException("The source has " + sourceMatrix.minutes() + " minutes and the original "
                    + this.original.minutes() + ". They must be excerpts of the same length.");
        }
        random = new GoRandom(seed);
        this.trials = trials;
    }

    /**
     * @param sizes in any order
     * @return a sample for each different size, the smallest first
     * @throws TraceException when a size is not from 1 to the number of functions
     */
    public List<Sample> draw(int... sizes) {
        int[] descending = Arrays.stream(sizes)
                .distinct()
                .boxed()
                .sorted(Comparator.reverseOrder())
                .mapToInt(Integer::intValue)
                .toArray();
        for (int size : descending) {
            if (size < 1 || size > source.size()) {
                throw new TraceException("A sample of " + size + " functions cannot be drawn from " + source.size()
                        + ". Choose sizes from 1 to " + source.size() + ".");
            }
        }
        List<Sample> samples = new ArrayList<>();
        int[] population = IntStream.range(0, source.size()).toArray();
        for (int size : descending) {
            Choice choice = best(population, size);
            population = choice.functions;
            samples.addFirst(new Sample(
                    Arrays.stream(population).mapToObj(source::get).toList(), choice.distance, choice.randomMean));
        }
        return samples;
    }

    private record Choice(int[] functions, SampleDistance distance, double randomMean) {}

    private Choice best(int[] population, int size) {
        // Drawn one after the other for the sake of the seed, measured at once.
        List<int[]> candidates = IntStream.range(0, trials)
                .mapToObj(trial -> trial % 2 == 0 ? drawPlain(population, size) : drawStratified(population, size))
                .toList();
        List<SampleDistance> distances =
                candidates.parallelStream().map(this::distance).toList();
        int best = IntStream.range(0, trials)
                .boxed()
                .min(Comparator.comparingDouble(trial -> distances.get(trial).mean()))
                .orElseThrow();
        double randomMean = IntStream.range(0, trials)
                .filter(trial -> trial % 2 == 0)
                .mapToDouble(trial -> distances.get(trial).mean())
                .average()
                .orElseThrow();
        return new Choice(candidates.get(best), distances.get(best), randomMean);
    }

    SampleDistance distance(int[] functions) {
        boolean[] chosen = new boolean[source.size()];
        for (int function : functions) {
            chosen[function] = true;
        }
        return sourceMatrix.distance(chosen, functions.length, original);
    }

    /** The first steps of a Fisher–Yates shuffle. */
    int[] drawPlain(int[] population, int size) {
        int[] shuffled = population.clone();
        for (int i = 0; i < size; i++) {
            int other = i + random.nextInt(shuffled.length - i);
            int swapped = shuffled[i];
            shuffled[i] = shuffled[other];
            shuffled[other] = swapped;
        }
        int[] drawn = Arrays.copyOf(shuffled, size);
        Arrays.sort(drawn);
        return drawn;
    }

    private int[] drawStratified(int[] population, int size) {
        double[] loads = sourceMatrix.totalLoads();
        int[] byLoad = Arrays.stream(population)
                .boxed()
                .sorted(Comparator.comparingDouble(function -> loads[function]))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] drawn = new int[size];
        for (int i = 0; i < size; i++) {
            int from = (int) ((long) i * byLoad.length / size);
            int to = (int) ((long) (i + 1) * byLoad.length / size);
            drawn[i] = byLoad[from + random.nextInt(to - from)];
        }
        Arrays.sort(drawn);
        return drawn;
    }
}
