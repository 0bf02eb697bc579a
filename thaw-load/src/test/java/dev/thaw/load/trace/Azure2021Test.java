package dev.thaw.load.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thaw.load.trace.TimedFunction.TimedInvocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cases and numbers of In-Vitro's azure2021_trace_parser_test.go and preprocess2021_test.py. */
class Azure2021Test {
    @TempDir
    Path directory;

    @Test
    void anInvocationStartsAtItsEndLessItsDuration() throws IOException {
        StringBuilder rows = new StringBuilder("app,func,end_timestamp,duration\na,1,10.0000000000000,9.000\n");
        for (int i = 15; i >= 0; i--) {
            rows.append("b,1,").append(131 + i / 10.0).append(",9.000\n");
        }

        List<TimedFunction> functions = read(rows.toString());

        assertThat(functions).extracting(TimedFunction::application).containsExactly("a", "b");
        assertThat(functions.getFirst().invocations()).containsExactly(new TimedInvocation(1, 9));
        assertThat(functions.get(1).invocations()).hasSize(16);
        IntStream.range(0, 16)
                .forEach(i -> assertThat(functions.get(1).invocations().get(i).start())
                        .isCloseTo(122 + i / 10.0, within(1e-5)));
    }

    @Test
    void columnsMayComeInAnyOrder() throws IOException {
        assertThat(read("duration,end_timestamp,func,app\n9,10,1,a\n").getFirst())
                .isEqualTo(new TimedFunction("a", "1", List.of(new TimedInvocation(1, 9))));
    }

    @Test
    void convertsToTheFormOf2019() throws IOException {
        List<TimedFunction> functions = read(
                "app,func,end_timestamp,duration\naa,fa,1.00,0.50\nab,fb,10.0,5.0\nac,fc,80.0,15.5\nac,fd,100.0,40.0\n"
                        + "ac,fd,300.0,100.0\n");

        List<FunctionTrace> converted = Azure2021Converter.convert(functions, TimeWindow.parse("00:00:00", 5), 0.5);

        assertThat(converted).extracting(FunctionTrace::function).containsExactly("fa", "fb", "fc", "fd");
        assertThat(converted.get(0).invocations()).containsExactly(1, 0, 0, 0, 0);
        assertThat(converted.get(1).invocations()).containsExactly(1, 0, 0, 0, 0);
        assertThat(converted.get(2).invocations()).containsExactly(0, 1, 0, 0, 0);
        assertThat(converted.get(3).invocations()).containsExactly(0, 1, 0, 1, 0);
        assertThat(converted.get(3).durations())
                .isEqualTo(new DurationStatistics(
                        70_000, 2, 40_000, 100_000, 40_000, 40_600, 55_000, 70_000, 85_000, 99_400, 100_000));
        assertThat(converted.get(3).memory())
                .isEqualTo(new MemoryStatistics(2, 200, 200, 200, 200, 200, 200, 200, 200, 200));
        assertThat(converted.get(3).trigger()).isEqualTo("http");
        assertThat(converted.get(3).owner()).isEqualTo("0");
    }

    @Test
    void theWindowIsClosedAtItsStartAndOpenAtItsEnd() throws IOException {
        List<TimedFunction> functions = read(
                "app,func,end_timestamp,duration\napp1,f1,45,30\napp2,f1,70,10\napp3,f2,95,20\n" + "app4,f3,121,1\n");

        List<FunctionTrace> converted = Azure2021Converter.convert(functions, TimeWindow.parse("00:00:01", 1), 0.5);

        assertThat(converted).extracting(FunctionTrace::application).containsExactly("app2", "app3");
    }

    @Test
    void dropsFunctionsThatMostlyTookNoTime() throws IOException {
        String rows =
                "app,func,end_timestamp,duration\na,mostly,1,0\na,mostly,2,0\na,mostly,3,1\na,seldom,1,0\na,seldom,2,1\n"
                        + "a,seldom,3,1\na,seldom,4,1\na,seldom,5,1\n";

        assertThat(Azure2021Converter.convert(read(rows), TimeWindow.parse("00:00:00", 1), 0.5))
                .extracting(FunctionTrace::function)
                .containsExactly("seldom");
        assertThat(Azure2021Converter.convert(read(rows), TimeWindow.parse("00:00:00", 1), 0.75))
                .extracting(FunctionTrace::function)
                .containsExactly("mostly", "seldom");
    }

    private List<TimedFunction> read(String rows) throws IOException {
        return Azure2021.read(Files.writeString(directory.resolve("trace.csv"), rows));
    }
}
