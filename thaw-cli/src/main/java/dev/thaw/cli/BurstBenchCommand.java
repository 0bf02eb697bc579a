package dev.thaw.cli;

import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.burst.BurstBench;
import dev.thaw.cli.bench.burst.BurstReport;
import dev.thaw.cli.bench.origin.ObjectServer;
import dev.thaw.cli.bench.origin.OriginProxyProcess;
import dev.thaw.cli.bench.origin.ProfileCheck;
import dev.thaw.cli.bench.origin.StoreProfile;
import dev.thaw.store.DataSize;
import dev.thaw.store.key.WrappingKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "burst",
        description = {
            "Measure many first starts at once on a worker that has nothing of their snapshots.",
            "Starts in line, as many at a time as there are cores, against all let loose at once: two daemons with one store, in turns. Then the same with the store away in the middle."
        },
        footer = {
            "",
            "Example:",
            "  thaw bench burst --function hello-python --starts 20 --different --json > burst.json"
        })
final class BurstBenchCommand implements Runnable {
    private static final int MOST_STARTS = 100;
    private static final int MOST_ROUNDS = 1_000;
    private static final long VMM_BYTES = 64L << 20;

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--function",
            paramLabel = "NAME",
            description = "A sample function that streams, as the hello samples do. Default: ${DEFAULT-VALUE}.",
            defaultValue = "hello-python")
    private String function = "";

    @Option(
            names = "--starts",
            paramLabel = "N",
            description = "In one burst. Default: ${DEFAULT-VALUE}.",
            defaultValue = "20")
    private int starts;

    @Option(names = "--different", description = "A snapshot for each start. Default: one for all.")
    private boolean different;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Bursts of each kind. Default: ${DEFAULT-VALUE}.",
            defaultValue = "5")
    private int rounds;

    @Option(
            names = "--store-profile",
            paramLabel = "PROFILE",
            description =
                    "How far away the store is: none (an S3 server on this machine), object-store (20 ms to the first byte, 100 MB/s a stream) or zonal (1 ms, 500 MB/s). Default: ${DEFAULT-VALUE}.",
            defaultValue = "object-store")
    private String storeProfile = "";

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Of each guest. Default: ${DEFAULT-VALUE}.",
            defaultValue = "256MiB",
            converter = Converters.Size.class)
    private DataSize memory = DataSize.ofGibibytes(1);

    @Option(
            names = "--outage",
            paramLabel = "DURATION",
            description = "How long the store is away. Default: ${DEFAULT-VALUE}.",
            defaultValue = "2s",
            converter = Converters.Time.class)
    private Duration outage = Duration.ZERO;

    @Override
    public void run() {
        BenchRun.requireBetween(2, MOST_STARTS, "starts in a burst", starts);
        BenchRun.requireBetween(1, MOST_ROUNDS, "rounds", rounds);
        StoreProfile profile = StoreProfile.parse(storeProfile);
        BurstReport report = BenchRun.measure(output, () -> measure(profile), this::print);
        if (report.variants().stream().anyMatch(variant -> variant.failures() > 0)) {
            throw new CommandFailure("Some invocations failed.");
        }
    }

    private BurstReport measure(StoreProfile profile) throws IOException {
        @Nullable ProfileCheck check = null;
        if (profile != StoreProfile.NONE) {
            output.say("Checking what a proxy of the profile " + profile.label() + " does on this machine");
            check = ProfileCheck.run(profile);
            output.say(check.text());
        }
        Path folder = Files.createTempDirectory("thaw-origin-");
        try (ObjectServer server = ObjectServer.start(Path.of(System.getProperty("thaw.home", ".")), folder);
                OriginProxyProcess proxy = OriginProxyProcess.start(profile, server.port())) {
            Map<String, String> environment = new HashMap<>(ObjectServer.environment(proxy.endpoint()));
            environment.put("THAW_WRAPPING_KEYS", WrappingKeys.generate("bench"));
            int cores = Runtime.getRuntime().availableProcessors();
            try (ChildDaemon inLine = ChildDaemon.start(settings(2, cores), environment);
                    ChildDaemon atOnce = ChildDaemon.start(settings(1, starts), environment)) {
                return new BurstBench(
                                new BurstBench.Side("in line", cores, server(inLine), "worker-1"),
                                new BurstBench.Side("all at once", starts, server(atOnce), "worker-0"),
                                server,
                                proxy,
                                output::say)
                        .run(
                                new BurstBench.Plan(function, starts, different, rounds, memory.bytes(), outage),
                                BenchHost.describe(),
                                profile,
                                check);
            }
        } finally {
            HostFiles.delete(folder);
        }
    }

    private Map<String, String> settings(int workers, int parallelStarts) {
        return Map.of(
                "workers",
                Integer.toString(workers),
                "mode",
                "remote",
                "store",
                ObjectServer.STORE,
                "idle",
                "10m",
                "memory",
                ((starts + 2) * (memory.bytes() + VMM_BYTES) >> 20) + "MiB",
                "parallel-starts",
                Integer.toString(parallelStarts));
    }

    private static ClientBenchServer server(ChildDaemon daemon) {
        return new ClientBenchServer(new Client(daemon.address()));
    }

    private void print(BurstReport report) {
        Table table = new Table(
                "STARTS", "STORE AWAY MS", "FAILED", "MEAN MS", "LAST MS", "P50", "P95", "READS", "REPEATED", "MB");
        for (BurstReport.Variant variant : report.variants()) {
            BurstReport.Round last = variant.rounds().getLast();
            table.row(
                    variant.name(),
                    variant.outageMillis(),
                    variant.failures(),
                    median(variant.meanMillis()),
                    median(variant.lastMillis()),
                    median(variant.firstResponseMillis()),
                    variant.firstResponseMillis() == null
                            ? "-"
                            : decimal(variant.firstResponseMillis().p95()),
                    last.upToEnd().reads(),
                    last.upToEnd().repeatedReads(),
                    decimal(last.upToEnd().readBytes() / 1e6));
        }
        output.print(table);
        output.print(String.format(
                Locale.ROOT,
                "In line, the mean is %.2f and the last %.2f of what they are all at once. Reads are of the last round.",
                report.meanRatio(),
                report.lastRatio()));
    }

    private static String median(@Nullable Distribution values) {
        return values == null ? "-" : decimal(values.p50());
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
