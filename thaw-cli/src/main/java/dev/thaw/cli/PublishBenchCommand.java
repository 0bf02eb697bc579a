package dev.thaw.cli;

import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.store.PublishBench;
import dev.thaw.cli.bench.store.PublishReport;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "publish",
        description = {
            "Measure how fast snapshots are published to a folder, beside restic and casync.",
            "Whole processes on the same frozen functions, in turns; zstd -1 alone on the same distinct bytes shows what compression costs."
        },
        footer = {"", "Example:", "  thaw bench publish --frozen /var/tmp/frozen --rounds 5 --json > publish.json"})
final class PublishBenchCommand implements Runnable {
    private static final List<String> PROGRAMS = List.of("restic", "casync", "zstd", "sync");
    private static final int MOST_ROUNDS = 1_000;
    private static final double MIB = 1 << 20;

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final FrozenOptions frozen = new FrozenOptions();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Of each program; figures are their medians. Default: ${DEFAULT-VALUE}.",
            defaultValue = "3")
    private int rounds;

    @Override
    public void run() {
        BenchRun.requireBetween(1, MOST_ROUNDS, "rounds", rounds);
        BenchRun.requirePrograms(PROGRAMS, "restic casync zstd coreutils");
        var unused = BenchRun.measure(output, this::measure, this::print);
    }

    private PublishReport measure() throws IOException {
        Report.Host host = BenchHost.describe();
        return frozen.measure(
                output::say, (functions, work) -> new PublishBench(work, output::say).run(functions, rounds, host));
    }

    private void print(PublishReport report) {
        Table table =
                new Table("PROGRAM", "P50 S", "MIN", "MAX", "CPU S", "STORED MIB", "MIB/S", "DISTINCT MIB/S A CORE");
        for (PublishReport.Program program : report.programs()) {
            Distribution wall = program.wallMillis();
            table.row(
                    program.name(),
                    seconds(wall.p50()),
                    seconds(wall.min()),
                    seconds(wall.max()),
                    seconds(program.cpuMillis().p50()),
                    decimal(program.storedBytes() / MIB),
                    decimal(program.bytesPerSecond() / MIB),
                    decimal(program.distinctBytesPerCoreSecond() / MIB));
        }
        output.print(table);
        output.print(String.format(
                Locale.ROOT,
                "%d functions, %.0f MiB, of these %.0f MiB memory; not zero %.0f MiB, distinct %.0f MiB. %.2f times as fast as the faster other;"
                        + " a core takes in %.2f of what it does with zstd -1 alone.",
                report.functions(),
                report.logicalBytes() / MIB,
                report.memoryBytes() / MIB,
                report.nonZeroBytes() / MIB,
                report.distinctBytes() / MIB,
                report.comparedToFasterOther(),
                report.perCoreComparedToZstd()));
    }

    private static String seconds(double millis) {
        return String.format(Locale.ROOT, "%.2f", millis / 1e3);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
