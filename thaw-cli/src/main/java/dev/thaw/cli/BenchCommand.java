package dev.thaw.cli;

import dev.thaw.cli.bench.ColdStartBench;
import dev.thaw.cli.bench.Configuration;
import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.ReportTable;
import dev.thaw.store.DataSize;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

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
                "Starts a daemon with two workers in a folder of its own, and ends it. Configurations take turns, so that other load falls on all alike."
            },
            footer = {
                "",
                "Example:",
                "  thaw bench coldstart --function hello-python --iterations 15 --json > coldstart.json"
            })
    static final class ColdStart implements Runnable {
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
                names = "--memory",
                paramLabel = "SIZE",
                description = "Of each guest. Default: ${DEFAULT-VALUE}.",
                defaultValue = "256MiB")
        private String memory = "";

        @Option(
                names = "--configurations",
                paramLabel = "LIST",
                description = "Of boot, floor, local, local-cold, remote-cached and remote. Default: ${DEFAULT-VALUE}.",
                defaultValue = "boot,floor,local,remote-cached,remote")
        private String configurations = "";

        @Option(
                names = "--store-profile",
                paramLabel = "PROFILE",
                description = "How far away the store is: only none, a folder on this machine, in this version.",
                defaultValue = "none")
        private String storeProfile = "";

        @Override
        public void run() {
            if (!storeProfile.equals("none")) {
                throw new IllegalArgumentException(
                        "This version has only the store profile none, not '" + storeProfile + "'.");
            }
            ColdStartBench.Plan plan = new ColdStartBench.Plan(
                    functions,
                    Configuration.parseAll(configurations),
                    iterations,
                    bootIterations,
                    DataSize.parse(memory).bytes());
            Report report;
            try (ChildDaemon daemon = ChildDaemon.start(Map.of(
                    // A VMM that stood by would be another configuration.
                    "workers", "2", "mode", "remote", "idle", "10m", "prepared", "0"))) {
                report = new ColdStartBench(
                                new ClientBenchServer(new Client(daemon.address())), daemon.data(), output::say)
                        .run(plan, BenchHost.describe());
            } catch (IOException e) {
                throw new CommandFailure("The benchmark was broken off: " + e.getMessage(), e);
            }
            if (output.json()) {
                output.print(JsonMapper.shared().valueToTree(report));
            } else {
                List<List<String>> rows = ReportTable.rows(report);
                Table table = new Table(rows.getFirst().toArray(String[]::new));
                rows.subList(1, rows.size()).forEach(row -> table.row(row.toArray()));
                output.print(table);
            }
            if (report.functions().stream()
                    .flatMap(function -> function.configurations().stream())
                    .anyMatch(configuration -> configuration.failures() > 0)) {
                throw new CommandFailure("Some starts failed, or were not what was to be measured.");
            }
        }
    }
}
