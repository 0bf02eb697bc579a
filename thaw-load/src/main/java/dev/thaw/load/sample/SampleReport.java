package dev.thaw.load.sample;

import dev.thaw.load.trace.FunctionTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** States and plots how well samples stand for their original. */
public final class SampleReport {
    private SampleReport() {}

    /** {@code {seed, trials, samples: [{functions, invocations_distance, load_distance, distance, deviation, improvement}]}}. */
    public static ObjectNode toJson(List<Sample> samples, long seed, int trials) {
        ObjectNode json =
                JsonMapper.shared().createObjectNode().put("seed", seed).put("trials", trials);
        ArrayNode all = json.putArray("samples");
        for (Sample sample : samples) {
            SampleDistance distance = sample.distance();
            all.addObject()
                    .put("functions", sample.size())
                    .put("invocations_distance", distance.invocations())
                    .put("load_distance", distance.load())
                    .put("distance", distance.mean())
                    .put("deviation", distance.deviation())
                    .put("improvement", improvement(sample));
        }
        return json;
    }

    /** A line for each sample. */
    public static String toText(List<Sample> samples) {
        StringBuilder text = new StringBuilder();
        for (Sample sample : samples) {
            SampleDistance distance = sample.distance();
            text.append(String.format(
                    Locale.ROOT,
                    "%d functions: distance %.4f (invocations %.4f, load %.4f), %.2f times closer than random draws%n",
                    sample.size(),
                    distance.mean(),
                    distance.invocations(),
                    distance.load(),
                    improvement(sample)));
        }
        return text.toString();
    }

    /** How many times closer than the mean of the plain draws; 1 where the sample is the original itself. */
    private static double improvement(Sample sample) {
        return sample.distance().mean() == 0
                ? 1
                : sample.randomMean() / sample.distance().mean();
    }

    /** Writes {@code distance.svg} over sizes, and {@code cdf-invocations.svg} and {@code cdf-load.svg} against the original. */
    public static void plot(Path directory, List<FunctionTrace> original, List<Sample> samples) throws IOException {
        Files.createDirectories(directory);
        SvgPlot distance = new SvgPlot("Distance from the original", "functions", "Wasserstein distance");
        double[] sizes = samples.stream().mapToDouble(Sample::size).toArray();
        distance.line(
                "mean",
                sizes,
                samples.stream().mapToDouble(sample -> sample.distance().mean()).toArray());
        distance.line(
                "invocations",
                sizes,
                samples.stream()
                        .mapToDouble(sample -> sample.distance().invocations())
                        .toArray());
        distance.line(
                "load",
                sizes,
                samples.stream().mapToDouble(sample -> sample.distance().load()).toArray());
        Files.writeString(directory.resolve("distance.svg"), distance.toSvg());
        Files.writeString(
                directory.resolve("cdf-invocations.svg"),
                cdf(
                        "Invocations of a function",
                        "invocations + 1",
                        original,
                        samples,
                        FunctionTrace::totalInvocations));
        Files.writeString(
                directory.resolve("cdf-load.svg"),
                cdf("Load of a function", "invocations × ms × MB + 1", original, samples, SampleReport::load));
    }

    private static double load(FunctionTrace function) {
        return function.totalInvocations()
                * function.durations().average()
                * function.memory().average();
    }

    private static String cdf(
            String title,
            String axis,
            List<FunctionTrace> original,
            List<Sample> samples,
            ToDoubleFunction<FunctionTrace> value) {
        SvgPlot plot = new SvgPlot(title, axis, "share of functions");
        List<List<FunctionTrace>> traces = new ArrayList<>(List.of(original));
        samples.forEach(sample -> traces.add(sample.functions()));
        for (int i = 0; i < traces.size(); i++) {
            // One more, so that functions without any have a place on a logarithmic axis.
            double[] values = traces.get(i).stream()
                    .mapToDouble(function -> value.applyAsDouble(function) + 1)
                    .sorted()
                    .toArray();
            double[] shares = new double[values.length];
            Arrays.setAll(shares, j -> (double) (j + 1) / values.length);
            plot.line(i == 0 ? "original" : values.length + " functions", values, shares);
        }
        return plot.toSvg();
    }
}
