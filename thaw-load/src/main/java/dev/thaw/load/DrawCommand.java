package dev.thaw.load;

import dev.thaw.load.sample.Sample;
import dev.thaw.load.sample.SampleReport;
import dev.thaw.load.sample.Sampler;
import dev.thaw.load.trace.Azure2019;
import dev.thaw.load.trace.FunctionTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** {@code load sample draw}: nested samples close to the original. */
@Command(
        name = "draw",
        description =
                "Draws nested samples that stand for a trace: the closest of some draws, by Wasserstein distance.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Writes a trace into OUTPUT/<size> for each size, and report.json and plots into OUTPUT.",
            "",
            "Example:",
            "  thaw load sample draw -t clean -o samples --min-size 100 --step-size 100 --max-size 1000"
        })
final class DrawCommand implements Callable<Integer> {
    @Option(
            names = {"-t", "--source"},
            required = true,
            paramLabel = "DIR",
            description = "The trace to draw from.")
    @SuppressWarnings("NullAway.Init")
    private Path source;

    @Option(
            names = "--original",
            paramLabel = "DIR",
            description = "The trace to stay close to (default: the one drawn from).")
    private @Nullable Path original;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "Where the samples go.")
    @SuppressWarnings("NullAway.Init")
    private Path output;

    @Option(names = "--sizes", split = ",", paramLabel = "N", description = "Sizes, instead of the three below.")
    private int @Nullable [] sizes;

    @Option(
            names = "--min-size",
            defaultValue = "1000",
            paramLabel = "N",
            description = "Smallest size (default: 1000).")
    private int minSize;

    @Option(
            names = "--step-size",
            defaultValue = "1000",
            paramLabel = "N",
            description = "Step of sizes (default: 1000).")
    private int stepSize;

    @Option(
            names = "--max-size",
            defaultValue = "20000",
            paramLabel = "N",
            description = "Largest size (default: 20000).")
    private int maxSize;

    @Option(
            names = "--trials",
            defaultValue = "16",
            paramLabel = "N",
            description = "Draws for each size (default: 16).")
    private int trials;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Seed (default: 42).")
    private long seed;

    @Option(
            names = "--load-norm",
            defaultValue = "1000000",
            paramLabel = "N",
            description = "Divides load, to weigh it against invocations (default: 1000000).")
    private double loadNorm;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (loadNorm <= 0) {
            throw new ParameterException(spec.commandLine(), "--load-norm must be above 0.");
        }
        if (minSize < 1 || stepSize < 1 || maxSize < minSize) {
            throw new ParameterException(
                    spec.commandLine(), "Sizes must be at least 1, and --max-size at least --min-size.");
        }
        List<FunctionTrace> from = Azure2019.read(source);
        List<FunctionTrace> to = original == null ? from : Azure2019.read(original);
        spec.commandLine().getErr().println("seed " + seed);
        spec.commandLine().getErr().flush();
        List<Sample> samples = new Sampler(from, to, loadNorm, trials, seed).draw(chosenSizes());
        for (Sample sample : samples) {
            Azure2019.write(output.resolve(Integer.toString(sample.size())), sample.functions());
        }
        ObjectNode report = SampleReport.toJson(samples, seed, trials);
        SampleReport.plot(output, to, samples);
        Files.writeString(output.resolve("report.json"), report.toPrettyString() + "\n");
        if (json) {
            System.out.println(report);
        } else {
            System.out.print(SampleReport.toText(samples));
        }
        System.out.flush();
        return 0;
    }

    private int[] chosenSizes() {
        return sizes != null
                ? sizes
                : IntStream.iterate(minSize, size -> size <= maxSize, size -> size + stepSize)
                        .toArray();
    }
}
