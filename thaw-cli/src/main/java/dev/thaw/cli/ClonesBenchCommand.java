package dev.thaw.cli;

import dev.thaw.cli.bench.clones.ClonesBench;
import dev.thaw.cli.bench.clones.ClonesReport;
import dev.thaw.store.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "clones",
        description = {
            "Measure what idle clones of one snapshot cost: their VMMs' memory, their guests', and processor time.",
            "Of a snapshot that lies on the worker, and of one whose bytes arrive as they are read. Takes root, to compare guests' pages with the snapshot's."
        },
        footer = {"", "Example:", "  thaw bench clones --function hello-python --clones 10 --json > clones.json"})
final class ClonesBenchCommand implements Runnable {
    private static final int MOST_CLONES = 100;
    private static final double MIB = 1 << 20;

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--function",
            paramLabel = "NAME",
            description = "A sample function that streams, as the hello samples do. Default: ${DEFAULT-VALUE}.",
            defaultValue = "hello-python")
    private String function = "";

    @Option(
            names = "--clones",
            paramLabel = "N",
            description = "At once. Default: ${DEFAULT-VALUE}.",
            defaultValue = "10")
    private int clones;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Of each guest. Default: ${DEFAULT-VALUE}.",
            defaultValue = "256MiB",
            converter = Converters.Size.class)
    private DataSize memory = DataSize.ofGibibytes(1);

    @Option(
            names = "--time",
            paramLabel = "DURATION",
            description = "For which idle clones are watched. Default: ${DEFAULT-VALUE}.",
            defaultValue = "20s",
            converter = Converters.Time.class)
    private Duration time = Duration.ZERO;

    @Override
    public void run() {
        BenchRun.requireBetween(1, MOST_CLONES, "clones", clones);
        var unused = BenchRun.measure(output, this::measure, this::print);
    }

    private ClonesReport measure() throws IOException {
        // A VMM that stood by would be counted as a clone.
        Map<String, String> settings = Map.of("workers", "2", "mode", "remote", "idle", "1h", "prepared", "0");
        try (ChildDaemon daemon = ChildDaemon.start(settings)) {
            return new ClonesBench(
                            new ClientBenchServer(new Client(daemon.address())),
                            daemon.data(),
                            daemon::vmms,
                            output::say)
                    .run(function, clones, memory.bytes(), time, BenchHost.describe());
        }
    }

    private void print(ClonesReport report) {
        Table table = new Table(
                "CLONES",
                "VMM MIB",
                "AT MOST",
                "PRIVATE MIB",
                "CHANGED MIB",
                "UNCHANGED, AT MOST",
                "IDLE %",
                "AT MOST");
        for (ClonesReport.Kind kind : report.kinds()) {
            table.row(
                    kind.name(),
                    mib(kind.vmmBytes().p50()),
                    mib(kind.vmmBytes().max()),
                    mib(kind.privateBytes().p50()),
                    mib(kind.changedBytes().p50()),
                    mib(kind.unchangedBytes().max()),
                    decimal(kind.idlePercent().p50()),
                    decimal(kind.idlePercent().max()));
        }
        output.print(table);
    }

    private static String mib(double bytes) {
        return decimal(bytes / MIB);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
