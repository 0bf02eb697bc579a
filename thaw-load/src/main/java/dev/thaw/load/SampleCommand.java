package dev.thaw.load;

import dev.thaw.load.sample.Azure2021Filter;
import dev.thaw.load.sample.Preprocessor;
import dev.thaw.load.trace.Azure2019;
import dev.thaw.load.trace.Azure2021;
import dev.thaw.load.trace.Azure2021Converter;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.SyntheticTrace;
import dev.thaw.load.trace.TimeWindow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code load sample}: makes traces out of traces. */
@Command(
        name = "sample",
        description = "Cleans, cuts, converts, samples and invents traces.",
        mixinStandardHelpOptions = true,
        subcommands = {DrawCommand.class},
        footer = {"", "Example:", "  thaw load sample draw -t clean -o samples --sizes 100,500,1000 --seed 7"})
final class SampleCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it, as all fields with annotations of its own.
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Missing subcommand: preprocess, convert, draw, filter or synthesize.");
    }

    /** An excerpt by time. */
    static final class Excerpt {
        @Option(
                names = {"-s", "--start"},
                required = true,
                paramLabel = "DD:HH:MM",
                description = "Where the excerpt begins; the first day is 0.")
        @SuppressWarnings("NullAway.Init")
        private String start;

        @Option(
                names = {"-d", "--duration"},
                required = true,
                paramLabel = "MINUTES",
                description = "How long the excerpt is.")
        private int minutes;

        TimeWindow window() {
            return TimeWindow.parse(start, minutes);
        }
    }

    /** Where a trace goes, and whether what is said about it is JSON. */
    static final class Output {
        @Option(
                names = {"-o", "--output"},
                required = true,
                paramLabel = "PATH",
                description = "Where to write.")
        @SuppressWarnings("NullAway.Init")
        private Path path;

        @Option(names = "--json", description = "Print what was written as JSON.")
        private boolean json;

        Path path() {
            return path;
        }

        boolean json() {
            return json;
        }

        void write(List<FunctionTrace> trace) {
            Azure2019.write(path, trace);
            say(
                    trace.size(),
                    trace.stream().mapToLong(FunctionTrace::totalInvocations).sum());
        }

        void say(long functions, long invocations) {
            if (json) {
                System.out.println(JsonMapper.shared()
                        .createObjectNode()
                        .put("path", path.toString())
                        .put("functions", functions)
                        .put("invocations", invocations));
            } else {
                System.out.println(path + ": " + functions + " functions, " + invocations + " invocations");
            }
            System.out.flush();
        }
    }

    @Command(
            name = "preprocess",
            description = "Makes a clean excerpt of Azure's 2019 files as published.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  thaw load sample preprocess -t azure -s 00:09:00 -d 150 -o clean"})
    int preprocess(
            @Option(
                            names = {"-t", "--trace"},
                            required = true,
                            paramLabel = "DIR",
                            description = "Azure's files.")
                    Path trace,
            @Mixin Excerpt excerpt,
            @Mixin Output output) {
        output.write(Preprocessor.preprocess(trace, excerpt.window()));
        return 0;
    }

    @Command(
            name = "convert",
            description = "Turns an excerpt of Azure's 2021 file into the form of 2019.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  thaw load sample convert azure2021.txt -s 00:01:00 -d 100 -o clean"})
    int convert(
            @Parameters(paramLabel = "FILE", description = "Azure's 2021 file.") Path file,
            @Option(
                            names = "--threshold",
                            defaultValue = "50",
                            paramLabel = "PERCENT",
                            description =
                                    "Drop functions with at least this share of invocations of 0 ms (default: 50).")
                    double threshold,
            @Mixin Excerpt excerpt,
            @Mixin Output output) {
        output.write(Azure2021Converter.convert(Azure2021.read(file), excerpt.window(), threshold / 100));
        return 0;
    }

    @Command(
            name = "filter",
            description = "Keeps of Azure's 2021 file the invocations of a sample's functions.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Example:",
                "  thaw load sample filter azure2021.txt --sample samples/40 -s 00:01:00 -d 100 -o sampled.csv"
            })
    int filter(
            @Parameters(paramLabel = "FILE", description = "Azure's 2021 file.") Path file,
            @Option(names = "--sample", required = true, paramLabel = "DIR", description = "The sample.") Path sample,
            @Mixin Excerpt excerpt,
            @Mixin Output output)
            throws IOException {
        List<FunctionTrace> functions = Azure2019.read(sample);
        output.say(functions.size(), Azure2021Filter.filter(file, functions, excerpt.window(), output.path()));
        return 0;
    }

    @Command(
            name = "synthesize",
            description = "Invents a trace with the skew of Azure's, for when none is at hand.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  thaw load sample synthesize --functions 200 --minutes 60 --seed 7 -o invented"
            })
    int synthesize(
            @Option(names = "--functions", required = true, paramLabel = "N", description = "How many functions.")
                    int functions,
            @Option(
                            names = "--minutes",
                            defaultValue = "1440",
                            paramLabel = "N",
                            description = "How long (default: a day).")
                    int minutes,
            @Option(
                            names = "--invocations",
                            defaultValue = "0",
                            paramLabel = "N",
                            description = "Roughly how many in all (default: what the distribution gives).")
                    long invocations,
            @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Seed (default: 42).")
                    long seed,
            @Mixin Output output) {
        spec.commandLine().getErr().println("seed " + seed);
        spec.commandLine().getErr().flush();
        output.write(SyntheticTrace.generate(functions, minutes, invocations, seed));
        return 0;
    }
}
