package dev.thaw.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LoadCommandTest {
    @TempDir
    Path directory;

    private final StringWriter err = new StringWriter();

    @Test
    void planPrintsTheContractsJson() throws IOException {
        Path config = coldStart();

        JsonNode plan = JsonMapper.shared().readTree(run(0, "plan", config.toString(), "--json"));

        assertThat(plan.propertyNames()).containsExactly("seed", "functions");
        assertThat(plan.path("seed").asInt()).isEqualTo(42);
        assertThat(plan.path("functions")).hasSize(4);
        JsonNode function = plan.path("functions").path(0);
        assertThat(function.propertyNames()).containsExactly("name", "invocations");
        assertThat(function.path("name").asString()).isEqualTo("trace-func-0-c13acdc7567b225971");
        assertThat(function.path("invocations")).hasSize(15);
        assertThat(function.path("invocations").path(0).propertyNames())
                .containsExactly("at_us", "runtime_ms", "memory_mib");
        for (int i = 0; i < 15; i++) {
            assertThat(function.path("invocations").path(i).path("at_us").asDouble())
                    .isEqualTo((2 * i + 1) * 60e6);
            assertThat(function.path("invocations").path(i).path("runtime_ms").asInt())
                    .isEqualTo(100);
        }
    }

    @Test
    void planWritesCsvToAFile() throws IOException {
        Path file = directory.resolve("plan.csv");

        assertThat(run(0, "plan", coldStart().toString(), "-o", file.toString()))
                .isEmpty();

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(55);
        assertThat(lines.getFirst()).isEqualTo("function,invocationID,phase,at_us,gap_us,runtime_ms,memory_mib");
        assertThat(lines.get(1)).startsWith("trace-func-0-c13acdc7567b225971,min1.inv0,2,6.0E7,6.0E7,100,");
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("plan.csv", "config.json");
    }

    @Test
    void theSamePlanTwiceIsTheSame() throws IOException {
        String first = run(0, "plan", coldStart().toString(), "--json");

        assertThat(run(0, "plan", coldStart().toString(), "--json")).isEqualTo(first);
    }

    @Test
    void samplesGoThroughAllSteps() throws IOException {
        Path invented = directory.resolve("invented");
        run(
                0,
                "sample",
                "synthesize",
                "--functions",
                "300",
                "--minutes",
                "10",
                "--seed",
                "5",
                "-o",
                invented.toString());
        assertThat(err.toString()).contains("seed 5");

        JsonNode report = JsonMapper.shared()
                .readTree(run(
                        0,
                        "sample",
                        "draw",
                        "-t",
                        invented.toString(),
                        "-o",
                        directory.resolve("samples").toString(),
                        "--sizes",
                        "50,10",
                        "--seed",
                        "3",
                        "--json"));

        assertThat(report.path("seed").asInt()).isEqualTo(3);
        assertThat(report.path("samples")).hasSize(2);
        assertThat(directory.resolve("samples").toFile().list())
                .containsExactlyInAnyOrder(
                        "10", "50", "report.json", "distance.svg", "cdf-invocations.svg", "cdf-load.svg");
        assertThat(Files.readString(directory.resolve("samples/cdf-load.svg")))
                .startsWith("<svg xmlns")
                .contains("original", "10 functions", "50 functions", "<polyline")
                .doesNotContain("NaN")
                .endsWith("</svg>\n");
        Path config = Files.writeString(
                directory.resolve("sampled.json"),
                "{\"TracePath\": \"" + directory.resolve("samples/10") + "\", \"ExperimentDuration\": 10}");
        assertThat(JsonMapper.shared()
                        .readTree(run(0, "plan", config.toString(), "--json"))
                        .path("functions"))
                .hasSize(10);
    }

    @Test
    void convertsAndFiltersA2021Trace() throws IOException {
        Path trace = Files.writeString(
                directory.resolve("2021.csv"),
                "app,func,end_timestamp,duration\naa,fa,1.0,0.5\nab,fb,70.25,5.0\nac,fc,200,1\n");
        Path converted = directory.resolve("converted");

        String said =
                run(0, "sample", "convert", trace.toString(), "-s", "00:00:00", "-d", "2", "-o", converted.toString());
        Path filtered = directory.resolve("filtered.csv");
        run(
                0,
                "sample",
                "filter",
                trace.toString(),
                "--sample",
                converted.toString(),
                "-s",
                "00:00:01",
                "-d",
                "1",
                "-o",
                filtered.toString());

        assertThat(said).contains("2 functions, 2 invocations");
        assertThat(filtered).hasContent("app,func,end_timestamp,duration\nab,fb,70.25,5.0\n");
    }

    @Test
    void everyCommandHelpsWithAnExample() {
        for (List<String> command : List.of(
                List.<String>of(),
                List.of("plan"),
                List.of("run"),
                List.of("sample"),
                List.of("sample", "draw"),
                List.of("sample", "preprocess"),
                List.of("sample", "convert"),
                List.of("sample", "filter"),
                List.of("sample", "synthesize"))) {
            String[] arguments =
                    Stream.concat(command.stream(), Stream.of("--help")).toArray(String[]::new);

            assertThat(run(0, arguments))
                    .as(command.toString())
                    .contains("Usage: load")
                    .contains("Example");
        }
    }

    @Test
    void wrongUsageIsTwoAndFailureIsOne() {
        run(2);
        run(2, "plan");
        run(2, "plan", "x.json", "--jsno");
        assertThat(err.toString()).contains("--json");
        run(2, "sample");
        run(2, "run", "x.json", "--deploy", "--endpoints", "e.csv");
        run(1, "plan", directory.resolve("missing.json").toString());
        assertThat(err.toString()).contains("load plan: ").contains("there is no such file");
    }

    private Path coldStart() throws IOException {
        return Files.writeString(
                directory.resolve("config.json"),
                Files.readString(Path.of("../traces/cold-start.json")).replace("\"traces/", "\"../traces/"));
    }

    /** Runs a command and returns what it wrote to standard output. */
    private String run(int exitCode, String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            CommandLine command = LoadCommand.commandLine();
            command.setErr(new PrintWriter(err, true));
            assertThat(command.execute(arguments)).as(() -> err.toString()).isEqualTo(exitCode);
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
