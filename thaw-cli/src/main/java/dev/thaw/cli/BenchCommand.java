package dev.thaw.cli;

import dev.thaw.cli.bench.ColdStartBench;
import dev.thaw.cli.bench.Configuration;
import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.ReportTable;
import dev.thaw.cli.bench.Setup;
import dev.thaw.cli.bench.origin.ObjectServer;
import dev.thaw.cli.bench.origin.OriginProxyProcess;
import dev.thaw.cli.bench.origin.ProfileCheck;
import dev.thaw.cli.bench.origin.StoreProfile;
import dev.thaw.store.DataSize;
import dev.thaw.store.key.WrappingKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "bench",
        description = "Measure Thaw on this machine.",
        subcommands = BenchCommand.ColdStart.class,
        footer = {"", "Example:", "  thaw bench coldstart --function hello-python --iterations 15"})
final class BenchCommand {
    @Command(
            name = "coldstart",
            description = {
                "Measure cold starts: from an image, from a snapshot here, and from one elsewhere.",
                "Starts daemons with two workers each in folders of their own, one for each setup that the configurations need, and ends them. What differs only in how it is fetched thaws the same snapshot. Configurations take turns, so that other load falls on all alike."
            },
            footer = {
                "",
                "Example:",
                "  thaw bench coldstart --function hello-python --iterations 15 --json > coldstart.json"
            })
    static final class ColdStart implements Runnable {
        private static final Map<String, String> SETTINGS = Map.of("workers", "2", "mode", "remote", "idle", "10m");

        @Mixin
        private final Output output = new Output();

        @Option(
                names = "--function",
                paramLabel = "NAME",
                description = "A sample function. Repeatable. Default: hello-c and hello-python.")
        private List<String> functions = List.of("hello-c", "hello-python");

        @Option(
                names = "--iterations",
                paramLabel = "N",
                description = "Starts of each configuration but boot. Default: ${DEFAULT-VALUE}.",
                defaultValue = "15")
        private int iterations;

        @Option(
                names = "--boot-iterations",
                paramLabel = "N",
                description = "Boots. Default: ${DEFAULT-VALUE}.",
                defaultValue = "10")
        private int bootIterations;

        @Option(
                names = "--warm-up",
                paramLabel = "N",
                description =
                        "Starts of each configuration but boot that are not measured, before those that are: a daemon's first run code that is"
                                + " not compiled yet, and miss what nobody has missed before. Default: ${DEFAULT-VALUE}.",
                defaultValue = "10")
        private int warmUp;

        @Option(
                names = "--memory",
                paramLabel = "SIZE",
                description = "Of each guest. Default: ${DEFAULT-VALUE}.",
                defaultValue = "256MiB")
        private String memory = "";

        @Option(
                names = "--configurations",
                paramLabel = "LIST",
                description =
                        "Of boot, floor, local, local-cold, prepared (local, in a VMM that stood by), recorded (local, with what it touches), remote-cached, remote, remote-whole (all is fetched first),"
                                + " remote-prepared and remote-known (remote-prepared, and the store need not be asked where the snapshot is). Default: ${DEFAULT-VALUE}.",
                defaultValue = "boot,floor,local,remote-cached,remote")
        private String configurations = "";

        @Option(
                names = "--store-profile",
                paramLabel = "PROFILE",
                description = {
                    "How far away the store is: none (a folder on this machine), object-store (20 ms to the first byte, 100 MB/s a stream) or zonal"
                            + " (1 ms, 500 MB/s). Default: ${DEFAULT-VALUE}.",
                    "The last two are a proxy process in front of an S3 server, which is built once with Go."
                },
                defaultValue = "none")
        private String storeProfile = "";

        @Override
        public void run() {
            StoreProfile profile = StoreProfile.parse(storeProfile);
            ColdStartBench.Plan plan = new ColdStartBench.Plan(
                    functions,
                    Configuration.parseAll(configurations),
                    iterations,
                    bootIterations,
                    warmUp,
                    DataSize.parse(memory).bytes());
            Report report = BenchRun.measure(output, () -> measure(plan, profile), this::print);
            if (report.functions().stream()
                    .flatMap(function -> function.configurations().stream())
                    .anyMatch(configuration -> configuration.failures() > 0)) {
                throw new CommandFailure("Some starts failed, or were not what was to be measured.");
            }
        }

        private void print(Report report) {
            List<List<String>> rows = ReportTable.rows(report);
            Table table = new Table(rows.getFirst().toArray(String[]::new));
            rows.subList(1, rows.size()).forEach(row -> table.row(row.toArray()));
            output.print(table);
        }

        private Report measure(ColdStartBench.Plan plan, StoreProfile profile) throws IOException {
            return profile == StoreProfile.NONE ? measureInFolder(plan) : measureThroughProxy(plan, profile);
        }

        private Report measureInFolder(ColdStartBench.Plan plan) throws IOException {
            Path folder = Files.createTempDirectory("thaw-origin-");
            try {
                return measure(
                        plan,
                        new ColdStartBench.Store(StoreProfile.NONE, Optional.empty(), Optional.empty()),
                        "file:" + folder.resolve("store"),
                        Map.of());
            } finally {
                HostFiles.delete(folder);
            }
        }

        private Report measureThroughProxy(ColdStartBench.Plan plan, StoreProfile profile) throws IOException {
            output.say("Checking what a proxy of the profile " + profile.label() + " does on this machine");
            ProfileCheck check = ProfileCheck.run(profile);
            output.say(check.text());
            Path folder = Files.createTempDirectory("thaw-origin-");
            try (ObjectServer server = ObjectServer.start(Path.of(System.getProperty("thaw.home", ".")), folder);
                    OriginProxyProcess proxy = OriginProxyProcess.start(profile, server.port())) {
                return measure(
                        plan,
                        new ColdStartBench.Store(profile, Optional.of(proxy), Optional.of(check)),
                        ObjectServer.STORE,
                        ObjectServer.environment(proxy.endpoint()));
            } finally {
                HostFiles.delete(folder);
            }
        }

        /** @param stores where they are, up to the name of the setup that publishes there */
        private Report measure(
                ColdStartBench.Plan plan, ColdStartBench.Store store, String stores, Map<String, String> environment)
                throws IOException {
            Map<String, String> withKeys = new HashMap<>(environment);
            withKeys.put("THAW_WRAPPING_KEYS", WrappingKeys.generate("bench"));
            Set<Setup> needed = EnumSet.of(Setup.PLAIN);
            for (Configuration configuration : plan.configurations()) {
                needed.add(configuration.setup());
                needed.add(configuration.setup().publisher());
            }
            Map<Setup, ChildDaemon> daemons = new EnumMap<>(Setup.class);
            try {
                Map<Setup, ColdStartBench.Site> sites = new EnumMap<>(Setup.class);
                for (Setup setup : needed) {
                    Map<String, String> all = new HashMap<>(SETTINGS);
                    all.putAll(setup.settings());
                    all.put("store", stores + "-" + setup.publisher().name().toLowerCase(Locale.ROOT));
                    ChildDaemon daemon = ChildDaemon.start(all, withKeys);
                    daemons.put(setup, daemon);
                    sites.put(
                            setup,
                            new ColdStartBench.Site(
                                    new ClientBenchServer(new Client(daemon.address())), daemon.data()));
                }
                return new ColdStartBench(sites, store, output::say).run(plan, BenchHost.describe());
            } finally {
                daemons.values().forEach(ChildDaemon::close);
            }
        }
    }
}
