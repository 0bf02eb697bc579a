package dev.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.load.LoadCommand;
import dev.thaw.load.trace.CsvReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace sent to a daemon with real guests: it is deployed, booted, frozen and thawed, and the results say so. */
class LoadIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> HASHES = List.of("a", "b", "c");
    private static final int RUNTIME_MILLIS = 20;
    private static final int MEMORY_MIB = 10;

    @TempDir
    Path directory;

    private ChildDaemon daemon;
    private Client client;

    @BeforeEach
    void start() throws IOException {
        System.setProperty("thaw.home", Path.of("..").toRealPath().toString());
        daemon = ChildDaemon.start(Map.of("mode", "remote", "workers", "2", "idle", "10m"));
        client = new Client(daemon.address());
    }

    @AfterEach
    void end() {
        daemon.close();
    }

    @Test
    void aTraceIsBootedThenThawedAndRemoved() throws IOException {
        Path once = config("once", "http1", HASHES, "1");

        assertThat(load(once, "--deploy", "--keep")).isZero();

        List<Map<String, String>> boots = rows(once);
        assertThat(boots).hasSize(3).allMatch(row -> says(row, "startKind", "boot"));
        assertThat(column(boots, "function")).containsExactlyInAnyOrderElementsOf(functions());
        boots.forEach(LoadIT::isWholeAnswer);
        assertThat(column(boots, "phases")).allMatch(phases -> phases.contains("kernel=") && phases.contains("app="));

        await("published snapshots")
                .atMost(PATIENCE)
                .until(() -> client.call("GET", "/api/v1/snapshots")
                                .path("snapshots")
                                .valueStream()
                                .filter(snapshot -> snapshot.path("published").booleanValue())
                                .count()
                        == 3);
        functions().forEach(name -> client.call("POST", "/api/v1/functions/" + name + "/retire?all=true"));
        await("scale to zero")
                .atMost(PATIENCE)
                .until(() -> client.call("GET", "/api/v1/instances")
                        .path("instances")
                        .isEmpty());
        Path twice = config("twice", "http1", HASHES, "1,2");

        assertThat(load(twice)).isZero();

        List<Map<String, String>> thaws = rows(twice);
        assertThat(thaws).hasSize(9);
        thaws.forEach(LoadIT::isWholeAnswer);
        assertThat(column(thaws, "startKind")).doesNotContain("boot");
        assertThat(thaws)
                .filteredOn(row -> says(row, "invocationID", "sec0.inv0"))
                .hasSize(3)
                .allMatch(row -> value(row, "startKind").startsWith("thaw-")
                        && value(row, "phases").contains("resume="));

        for (String protocol : List.of("http2", "grpc")) {
            Path again = config(protocol, protocol, HASHES, "1");
            assertThat(load(again)).isZero();
            assertThat(rows(again)).hasSize(3).allMatch(row -> says(row, "startKind", "warm"));
            rows(again).forEach(LoadIT::isWholeAnswer);
        }

        assertThat(load(config("other", "http1", List.of("never-invoked"), "0"), "--deploy"))
                .isZero();
        assertThat(client.call("GET", "/api/v1/functions").path("functions").valueStream())
                .extracting(function -> function.path("name").stringValue())
                .as("what was kept, without what was removed")
                .containsExactlyInAnyOrderElementsOf(functions());
    }

    private static void isWholeAnswer(Map<String, String> row) {
        assertThat(row)
                .containsEntry("outcome", "ok")
                .containsEntry("requestedDuration", Integer.toString(RUNTIME_MILLIS * 1000))
                .containsEntry("actualMemoryUsage", Integer.toString(MEMORY_MIB));
        assertThat(value(row, "worker")).matches("worker-[01]");
        assertThat(value(row, "thawInstance")).startsWith(value(row, "function"));
        assertThat(Long.parseLong(value(row, "actualDuration")))
                .isBetween(RUNTIME_MILLIS * 1000L, Long.parseLong(value(row, "responseTime")));
    }

    private int load(Path config, String... options) {
        String[] arguments = Stream.concat(
                        Stream.of(
                                "run",
                                config.toString(),
                                "--server",
                                daemon.address().toString(),
                                "-o",
                                prefix(config)),
                        Stream.of(options))
                .toArray(String[]::new);
        return LoadCommand.commandLine().execute(arguments);
    }

    /** A trace by seconds of functions that are all invoked alike, and its configuration. */
    private Path config(String name, String protocol, List<String> hashes, String counts) throws IOException {
        Path trace = Files.createDirectory(directory.resolve(name));
        int seconds = counts.split(",").length;
        String columns = Stream.iterate(1, i -> i + 1)
                .limit(seconds)
                .map(String::valueOf)
                .collect(Collectors.joining(","));
        write(
                trace.resolve("invocations.csv"),
                "HashOwner,HashApp,HashFunction,Trigger," + columns,
                hashes,
                "http," + counts);
        write(
                trace.resolve("durations.csv"),
                "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_1,"
                        + "percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,"
                        + "percentile_Average_100",
                hashes,
                "20,1,20,20,20,20,20,20,20,20,20");
        write(
                trace.resolve("memory.csv"),
                "HashOwner,HashApp,HashFunction,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1,"
                        + "AverageAllocatedMb_pct5,AverageAllocatedMb_pct25,AverageAllocatedMb_pct50,AverageAllocatedMb_pct75,"
                        + "AverageAllocatedMb_pct95,AverageAllocatedMb_pct99,AverageAllocatedMb_pct100",
                hashes,
                "1,10,10,10,10,10,10,10,10,10");
        return Files.writeString(directory.resolve(name + ".json"), """
                {"TracePath": "%s", "Granularity": "second", "ExperimentDuration": %d, "InvokeProtocol": "%s",
                 "IATDistribution": "equidistant", "GRPCFunctionTimeoutSeconds": 120}
                """.formatted(trace, seconds, protocol));
    }

    private static void write(Path file, String header, List<String> hashes, String values) throws IOException {
        Files.write(
                file,
                Stream.concat(Stream.of(header), hashes.stream().map(hash -> "o,p," + hash + "," + values))
                        .toList());
    }

    private static List<String> functions() {
        return Stream.iterate(0, i -> i + 1)
                .limit(HASHES.size())
                .map(i -> "trace-func-" + i + "-" + HASHES.get(i))
                .toList();
    }

    private String prefix(Path config) {
        return directory.resolve("results-" + config.getFileName()).toString();
    }

    private List<Map<String, String>> rows(Path config) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            Path results = files.filter(file -> file.toString().startsWith(prefix(config)))
                    .findFirst()
                    .orElseThrow();
            List<Map<String, String>> rows = new ArrayList<>();
            try (CsvReader in = new CsvReader(results)) {
                while (in.next()) {
                    Map<String, String> row = new LinkedHashMap<>();
                    for (int i = 0; i < in.header().size(); i++) {
                        row.put(in.header().get(i), in.text(i));
                    }
                    rows.add(row);
                }
            }
            return rows;
        }
    }

    private static List<String> column(List<Map<String, String>> rows, String name) {
        return rows.stream().map(row -> value(row, name)).toList();
    }

    private static String value(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }

    private static boolean says(Map<String, String> row, String column, String value) {
        return value(row, column).equals(value);
    }
}
