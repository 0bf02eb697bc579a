package dev.thaw.cli;

import dev.thaw.cli.bench.reads.ReadsBench;
import dev.thaw.cli.bench.reads.ReadsReport;
import dev.thaw.cli.bench.store.FrozenFunctions;
import dev.thaw.store.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "reads",
        description = {
            "Measure reads of a published root file system whose bytes arrive as they are read, beside casync mount.",
            "The files of 1 MiB and more of one tree: sequential reads of 128 and of 4 KiB and random ones of 4 KiB, by a process of its own, each with a fresh mount. Takes root."
        },
        footer = {"", "Example:", "  thaw bench reads --frozen /var/tmp/frozen --json > reads.json"})
final class ReadsBenchCommand implements Runnable {
    private static final List<String> PROGRAMS = List.of("casync", "fsck.erofs", "mount", "umount");
    private static final int MOST_ROUNDS = 1_000;
    private static final int MOST_READS = 10_000_000;

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--function",
            paramLabel = "NAME",
            description = "A sample or a variation of one. Default: ${DEFAULT-VALUE}.",
            defaultValue = "hello-java")
    private String function = "";

    @Option(
            names = "--frozen",
            paramLabel = "DIR",
            description =
                    "Keeps the frozen function there, and takes one that is there already. Default: a folder that is removed.")
    private @Nullable Path frozen;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Of its guest. Default: ${DEFAULT-VALUE}.",
            defaultValue = "256MiB",
            converter = Converters.Size.class)
    private DataSize memory = DataSize.ofGibibytes(1);

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Of each; figures are their medians. Default: ${DEFAULT-VALUE}.",
            defaultValue = "5")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description =
                    "Rounds before, which do not count: a daemon runs for long, and Java compiles what it does often. Default: ${DEFAULT-VALUE}.",
            defaultValue = "5")
    private int warmUps;

    @Option(
            names = "--reads",
            paramLabel = "N",
            description = "At random in a round. Default: ${DEFAULT-VALUE}.",
            defaultValue = "5000")
    private int reads;

    @Override
    public void run() {
        BenchRun.requireBetween(1, MOST_ROUNDS, "rounds", rounds);
        BenchRun.requireBetween(0, MOST_ROUNDS, "rounds to warm up", warmUps);
        BenchRun.requireBetween(1, MOST_READS, "random reads", reads);
        BenchRun.requirePrograms(PROGRAMS, "casync erofs-utils mount");
        var unused = BenchRun.measure(output, this::measure, this::print);
    }

    private ReadsReport measure() throws IOException {
        FrozenFunctions.require(List.of(function));
        Path work = Files.createTempDirectory("thaw-reads-");
        try {
            Path folder = frozen == null ? work.resolve("frozen") : frozen.toAbsolutePath();
            return new ReadsBench(Files.createDirectory(work.resolve("work")), output::say)
                    .run(
                            new FrozenFunctions(Files.createDirectories(folder), output::say)
                                    .take(List.of(function), memory.bytes())
                                    .getFirst(),
                            warmUps,
                            rounds,
                            reads,
                            BenchHost.describe());
        } finally {
            HostFiles.delete(work);
        }
    }

    private void print(ReadsReport report) {
        Table table = new Table("MOUNT", "SEQUENTIAL MB/S", "BY 4 KIB MB/S", "RANDOM READS/S", "P50 US", "P99 US");
        for (ReadsReport.Program program : report.programs()) {
            table.row(
                    program.name(),
                    decimal(program.sequentialBytesPerSecond().p50() / 1e6),
                    decimal(program.sequential4kBytesPerSecond().p50() / 1e6),
                    decimal(program.randomReadsPerSecond().p50()),
                    decimal(program.randomMicros().p50()),
                    decimal(program.randomP99Micros().p50()));
        }
        output.print(table);
        output.print(String.format(
                Locale.ROOT,
                "%d files, %.0f MB. Sequential reads are %.1f times as fast as through casync mount, those of 4 KiB %.1f times, random ones %.1f times.",
                report.files(),
                report.fileBytes() / 1e6,
                report.sequentialRatio(),
                report.sequential4kRatio(),
                report.randomRatio()));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
