package dev.thaw.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.load.trace.TestTraces;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong is named: the file, the line and column, the key or field, and what to do. Nothing is left half written. */
class BadInputTest {
    private static final String GOOD_2021 = "app,func,end_timestamp,duration\na,f,10,1\n";

    @TempDir
    Path directory;

    /** A configuration and what is said of it; {@code DIR} stands for the test's directory. */
    record ConfigCase(String json, String message) {}

    static Stream<ConfigCase> configs() {
        return Stream.of(
                new ConfigCase("", "config.json:1:1: is not a JSON object"),
                new ConfigCase("[]", "is not a JSON object. Begin with '{'"),
                new ConfigCase("{\"Seed\": 1", "is not JSON"),
                new ConfigCase("{\"Seed\": 1}}", "config.json:1:12"),
                new ConfigCase("{\"Seed\": 1} 2", "text follows the JSON object"),
                new ConfigCase("{\n  \"Seed\": 1,\n  \"Seed\": 2\n}", "config.json:3:3: Seed: is there twice"),
                new ConfigCase("{\n  \"Sead\": 1\n}", "config.json:2:3: Sead: is not a key. The nearest is 'Seed'"),
                new ConfigCase("{\"ExperimentDurations\": 1}", "The nearest is 'ExperimentDuration'"),
                new ConfigCase("{\"seed\": 1}", "seed: is not a key. The nearest is 'Seed'"),
                new ConfigCase("{\"Seed\": \"x\"}", "Seed: must be a whole number"),
                new ConfigCase("{\"Seed\": 1.5}", "Seed: must be a whole number"),
                new ConfigCase("{\"Seed\": 99999999999999999999}", "Seed: the number is too large"),
                new ConfigCase("{\"Seed\": {}}", "Seed: must be a text, a number, true or false"),
                new ConfigCase("{\"Seed\": [1]}", "not an object or a list"),
                new ConfigCase("{\"ExperimentDuration\": 0}", "ExperimentDuration: must be a whole number from 1 to"),
                new ConfigCase("{\"ExperimentDuration\": -5}", "ExperimentDuration: must be a whole number"),
                new ConfigCase("{\"WarmupDuration\": -1}", "WarmupDuration: must be a whole number from 0"),
                new ConfigCase("{\"Granularity\": \"hour\"}", "'hour' is not one of minute, second"),
                new ConfigCase("{\"Granularity\": 5}", "Granularity: must be a text"),
                new ConfigCase(
                        "{\"IATDistribution\": \"exponental\"}",
                        "is not one of equidistant, exponential, exponential_shift, uniform, uniform_shift. The nearest is"
                                + " 'exponential'"),
                new ConfigCase("{\"InvokeProtocol\": \"http3\"}", "'http3' is not one of grpc, http1, http2"),
                new ConfigCase(
                        "{\"Platform\": \"AWSLambda\"}", "'AWSLambda' is not supported. Use 'Knative' or 'Thaw'"),
                new ConfigCase("{\"DAGMode\": true}", "DAGMode: is not supported. Workflows are not invoked"),
                new ConfigCase("{\"AsyncMode\": true}", "AsyncMode: is not supported"),
                new ConfigCase("{\"EnableZipkinTracing\": true}", "EnableZipkinTracing: is not supported"),
                new ConfigCase("{\"RpsRequestedGpu\": 1}", "RpsRequestedGpu: is not supported"),
                new ConfigCase("{\"VSwarm\": true}", "vSwarm's functions speak gRPC: set InvokeProtocol to 'grpc'"),
                new ConfigCase("{\"VSwarm\": \"yes\"}", "VSwarm: must be true or false"),
                new ConfigCase("{\"TracePath\": \"\"}", "TracePath: must be a text that is not empty"),
                new ConfigCase("{\"TracePath\": \"RPS\"}", "RpsTarget: must be above 0 in RPS mode"),
                new ConfigCase(
                        "{\"TracePath\": \"RPS\", \"RpsTarget\": 1, \"RpsColdStartRatioPercentage\": 50}",
                        "RpsCooldownSeconds: must be above 0 for cold starts"),
                new ConfigCase(
                        "{\"TracePath\": \"RPS\", \"RpsTarget\": 1, \"RpsColdStartRatioPercentage\": 101}",
                        "RpsColdStartRatioPercentage: must be a number from 0 to 100"),
                new ConfigCase(
                        "{\"TracePath\": \"RPS\", \"RpsTarget\": 1, \"Granularity\": \"second\"}",
                        "Granularity: must be 'minute' in RPS mode"),
                new ConfigCase(
                        "{\"GRPCFunctionTimeoutSeconds\": 0}",
                        "GRPCFunctionTimeoutSeconds: must be a whole number from 1"),
                new ConfigCase(
                        "{\"TracePath\": \"DIR/none\"}",
                        "none: is not a directory. Give a folder that holds invocations.csv"),
                new ConfigCase("{}", "data/traces: is not a directory"));
    }

    @ParameterizedTest
    @MethodSource("configs")
    void wrongConfigurations(ConfigCase wrong) throws IOException {
        Path config =
                Files.writeString(directory.resolve("config.json"), wrong.json.replace("DIR", directory.toString()));

        check(
                wrong.message,
                "plan",
                config.toString(),
                "-o",
                directory.resolve("plan").toString());
    }

    /** A trace with one file changed. */
    record TraceCase(String file, String content, String message) {}

    static Stream<TraceCase> traces() {
        String d = TestTraces.DURATIONS;
        String m = TestTraces.MEMORY;
        return Stream.of(
                new TraceCase("invocations.csv", "", "invocations.csv: is empty"),
                new TraceCase(
                        "invocations.csv", "HashOwner,HashApp,1,2\no,a,3,4\n", "1:1: has no column 'HashFunction'"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,1,HashFunction\no,a,1,f\n",
                        "the first 3 columns must be"),
                new TraceCase("invocations.csv", "HashOwner,HashApp,HashFunction,Trigger\n", "has no column of counts"),
                new TraceCase("invocations.csv", "HashOwner,HashApp,HashFunction,1,2\n", "has no function"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,HashFunction,1\no,a,f,1\n",
                        "the trace has 1 columns of counts, and the experiment with its warm-up needs 2"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,HashFunction,1,2\no,a,f,1,x\n",
                        "invocations.csv:2:9: field 5 (2): 'x' is not a count"),
                new TraceCase(
                        "invocations.csv", "HashOwner,HashApp,HashFunction,1,2\no,a,f,-1,2\n", "'-1' is not a count"),
                new TraceCase(
                        "invocations.csv", "HashOwner,HashApp,HashFunction,1,2\no,a,f,1.5,2\n", "'1.5' is not a count"),
                new TraceCase("invocations.csv", "HashOwner,HashApp,HashFunction,1,2\no,a,f,,2\n", "'' is not a count"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,HashFunction,1,2\no,a,f,2147483648,2\n",
                        "is not a count"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,HashFunction,1,2\no,a,f,1\n",
                        ":2:8: field 5 (2): has 4 fields where the header has 5"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,HashFunction,1,2\no,a,f,1,2,3\n",
                        "has 6 fields where the header has 5"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,HashFunction,1,2\no,\"a,f,1,2\n",
                        "a quoted field is not closed"),
                new TraceCase(
                        "invocations.csv",
                        "HashOwner,HashApp,HashFunction,1,2\no,\"a\"b,f,1,2\n",
                        "text follows a closing quote"),
                new TraceCase(
                        "invocations.csv", "HashOwner,HashApp,HashFunction,1,2\no,a,g,1,2\n", "function g is not in"),
                new TraceCase(
                        "durations.csv",
                        d.replace("Average,Count", "Mean,Count"),
                        "durations.csv:1:1: has no column 'Average'"),
                new TraceCase(
                        "durations.csv",
                        d.replace(",100,", ",soon,"),
                        "durations.csv:2:7: field 4 (Average): 'soon' is not a number"),
                new TraceCase("durations.csv", d.replace(",100,", ",NaN,"), "'NaN' is not a finite number"),
                new TraceCase("durations.csv", d.replace(",100,", ",-1,"), "field 4 (Average): is negative"),
                new TraceCase(
                        "durations.csv",
                        d.replace(",57523,", ",0,"),
                        "Count of durations.csv and SampleCount of memory.csv must be above 0"),
                new TraceCase(
                        "durations.csv",
                        d.replace("1,2,3,4,5,6,7\n", "1,2,3,9,5,6,7\n"),
                        "Function f: the percentiles in durations.csv do not ascend: 5.0 follows 9.0"),
                new TraceCase(
                        "memory.csv", m.replace(",101,102", ",101,90"), "the percentiles in memory.csv do not ascend"),
                new TraceCase(
                        "memory.csv",
                        m.replace("SampleCount", "Samples"),
                        "memory.csv:1:1: has no column 'SampleCount'"),
                new TraceCase("memory.csv", "\n\n", "memory.csv: is empty"));
    }

    @ParameterizedTest
    @MethodSource("traces")
    void wrongTraces(TraceCase wrong) throws IOException {
        Path trace = TestTraces.write(
                directory.resolve("trace"), TestTraces.INVOCATIONS, TestTraces.DURATIONS, TestTraces.MEMORY);
        Files.writeString(trace.resolve(wrong.file), wrong.content);

        check(
                wrong.message,
                "plan",
                config(trace),
                "-o",
                directory.resolve("plan").toString());
    }

    record TimedCase(String content, String message) {}

    static Stream<TimedCase> timedTraces() {
        return Stream.of(
                new TimedCase("app,func,end_timestamp\n", "has no column 'duration'"),
                new TimedCase("app,func,end_timestamp,duration\n", "has no invocation"),
                new TimedCase(
                        "app,func,end_timestamp,duration\na,f,x,1\n",
                        "2:5: field 3 (end_timestamp): 'x' is not a number"),
                new TimedCase("app,func,end_timestamp,duration\na,f,1,-1\n", "field 4 (duration): is negative"));
    }

    @ParameterizedTest
    @MethodSource("timedTraces")
    void wrongTimedTraces(TimedCase wrong) throws IOException {
        Path trace = Files.writeString(directory.resolve("2021.csv"), wrong.content);

        check(
                wrong.message,
                "plan",
                config(trace),
                "-o",
                directory.resolve("plan").toString());
    }

    /** What is said of a command line of words. */
    record CommandCase(String message, String words) {}

    static Stream<CommandCase> commands() {
        String convert = "sample convert DIR/2021.csv -o DIR/out ";
        String run = "run DIR/config.json -o DIR/out ";
        return Stream.of(
                new CommandCase("Not a start time: '9:00'", convert + "-s 9:00 -d 5"),
                new CommandCase("Not a start time: '00:24:00'", convert + "-s 00:24:00 -d 5"),
                new CommandCase("lasts at least one minute", convert + "-s 00:00:00 -d 0"),
                new CommandCase("Choose another start", convert + "-s 05:00:00 -d 5"),
                new CommandCase("there is no such file", "sample convert DIR/none.csv -s 00:00:00 -d 5 -o DIR/out"),
                new CommandCase(
                        "A trace has 1 to 1000000 functions, not 0", "sample synthesize --functions 0 -o DIR/out"),
                new CommandCase(
                        "A trace has 1 to 1440 minutes", "sample synthesize --functions 1 --minutes 1441 -o DIR/out"),
                new CommandCase("cannot be drawn from 1", "sample draw -t DIR/trace --sizes 2 -o DIR/out"),
                new CommandCase("at least one trial", "sample draw -t DIR/trace --sizes 1 --trials 0 -o DIR/out"),
                new CommandCase("has no row for function 'trace-func-0-f'", run + "--endpoints DIR/endpoints.csv"),
                new CommandCase("field 2 (url): Not an end point: 'nowhere'", run + "--endpoints DIR/nowhere.csv"),
                new CommandCase("Not an end point: 'https://x'", run + "--server https://x"),
                new CommandCase("does not answer", run + "--server http://127.0.0.1:1 --deploy"));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void wrongCommands(CommandCase wrong) throws IOException {
        Files.writeString(directory.resolve("2021.csv"), GOOD_2021);
        Files.writeString(directory.resolve("endpoints.csv"), "function,url\ng,http://127.0.0.1:1/\n");
        Files.writeString(directory.resolve("nowhere.csv"), "function,url\n*,nowhere\n");
        Path trace = TestTraces.write(
                directory.resolve("trace"), TestTraces.INVOCATIONS, TestTraces.DURATIONS, TestTraces.MEMORY);
        config(trace);

        check(
                wrong.message,
                Arrays.stream(wrong.words.split(" "))
                        .map(argument -> argument.replace("DIR", directory.toString()))
                        .toArray(String[]::new));
    }

    private String config(Path trace) throws IOException {
        return Files.writeString(
                        directory.resolve("config.json"),
                        "{\"TracePath\": \"" + trace + "\", \"ExperimentDuration\": 2}")
                .toString();
    }

    private void check(String message, String... arguments) throws IOException {
        StringWriter err = new StringWriter();
        var command = LoadCommand.commandLine();
        command.setErr(new PrintWriter(err, true));

        assertThat(command.execute(arguments)).isEqualTo(1);

        assertThat(err.toString()).contains(message).doesNotContain("\tat ");
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith("out") || name.startsWith("plan") || name.endsWith(".part"));
        }
    }
}
