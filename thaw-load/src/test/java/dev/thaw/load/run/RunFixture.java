package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.LoaderConfigReader;
import dev.thaw.load.plan.Plan;
import dev.thaw.load.plan.Planner;
import dev.thaw.load.report.RunFigures;
import dev.thaw.load.trace.CsvReader;
import dev.thaw.load.trace.TestTraces;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Runs a configuration against end points and reads the results' file. */
final class RunFixture {
    final LoaderConfig config;
    final Path output;
    final LoadRun run;
    final ByteArrayOutputStream messages = new ByteArrayOutputStream();

    RunFixture(Path directory, String json, String url) throws IOException {
        config = LoaderConfigReader.read(Files.writeString(directory.resolve("config.json"), json));
        Plan plan = Planner.plan(config);
        Path endpoints = Files.writeString(directory.resolve("endpoints.csv"), "function,url\n*," + url + "\n");
        output = LoadRun.output(directory.resolve("out").toString(), config);
        run = new LoadRun(
                config,
                plan,
                Targets.read(endpoints),
                output,
                new PrintStream(messages, true, StandardCharsets.UTF_8),
                Clock.systemUTC());
    }

    /** A constant rate to one function for a minute of a trace, compressed to a second. */
    static String config(Path directory, String protocol, int invocations) throws IOException {
        Path trace = TestTraces.write(
                directory.resolve("trace"),
                "HashOwner,HashApp,HashFunction,Trigger,1\no,a,f,queue," + invocations + "\n",
                TestTraces.DURATIONS,
                TestTraces.MEMORY);
        return """
                {"TracePath": "%s", "Granularity": "second", "IATDistribution": "equidistant", "InvokeProtocol": "%s",
                 "GRPCConnectionTimeoutSeconds": 2, "GRPCFunctionTimeoutSeconds": 1}
                """.formatted(trace, protocol);
    }

    /** A line of the results' file. */
    record Row(Map<String, String> columns) {
        String get(String column) {
            return requireNonNull(columns.get(column), column);
        }

        boolean is(String column, String value) {
            return get(column).equals(value);
        }
    }

    RunFigures run() {
        return run.run();
    }

    List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        try (CsvReader in = new CsvReader(output)) {
            while (in.next()) {
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 0; i < in.header().size(); i++) {
                    row.put(in.header().get(i), in.text(i));
                }
                rows.add(new Row(row));
            }
        }
        return rows;
    }

    /** How many rows have which outcome. */
    Map<String, Long> outcomes() {
        return rows().stream()
                .collect(Collectors.groupingBy(row -> row.get("outcome"), TreeMap::new, Collectors.counting()));
    }
}
