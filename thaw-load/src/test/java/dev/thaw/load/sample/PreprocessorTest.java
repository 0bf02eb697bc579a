package dev.thaw.load.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.load.trace.DurationStatistics;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.MemoryStatistics;
import dev.thaw.load.trace.TimeWindow;
import dev.thaw.load.trace.TraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cases of In-Vitro's preprocess_test.py. */
class PreprocessorTest {
    @TempDir
    Path directory;

    @Test
    void cleansAndJoins() throws IOException {
        write(
                "HashOwner,HashApp,HashFunction,Trigger,118,119",
                List.of(
                        "oa,aa,fa,tr,0,0",
                        "oa,ab,fb,tr,1,1",
                        "ob,ac,fc,tr,2,2",
                        "ob,ad,fd,tr,3,3",
                        "ob,ad,fe,tr,4,4",
                        "oc,ad,fe,tr,5,5",
                        "oc,ad,ff,tr,6,6",
                        "od,ae,fg,tr,7,7"),
                List.of("aa,20", "ad,60", "aa,80", "ae,100", "af,120"),
                List.of("aa,fa,10", "ab,fb,20", "ad,fe,30", "ad,fd,40", "ad,fd,50"));

        List<FunctionTrace> trace = Preprocessor.preprocess(directory, TimeWindow.parse("00:01:58", 2));

        assertThat(trace).extracting(FunctionTrace::function).containsExactly("fd", "fe");
        assertThat(trace).extracting(FunctionTrace::owner).containsExactly("ob", "ob");
        assertThat(trace.get(0).invocations()).containsExactly(3, 3);
        assertThat(trace.get(1).invocations()).containsExactly(4, 4);
        assertThat(trace).extracting(function -> function.durations().average()).containsExactly(40.0, 30.0);
        assertThat(trace).extracting(function -> function.memory().average()).containsExactly(30.0, 30.0);
        assertThat(trace).extracting(function -> function.memory().count()).containsExactly(1.0, 1.0);
    }

    @Test
    void takesTheColumnThatIsCalledLikeTheMinute() throws IOException {
        String header = "HashOwner,HashApp,HashFunction,Trigger,"
                + IntStream.rangeClosed(1, 15).mapToObj(Integer::toString).collect(Collectors.joining(","));
        String counts = IntStream.rangeClosed(1, 15).mapToObj(Integer::toString).collect(Collectors.joining(","));
        write(header, List.of("o,a,f,tr," + counts), List.of("a,1"), List.of("a,f,1"));

        assertThat(invocations("00:00:10", 5)).containsExactly(10, 11, 12, 13, 14);
        assertThat(invocations("00:00:00", 2)).containsExactly(1, 2);
        assertThat(invocations("00:00:01", 2)).containsExactly(1, 2);
    }

    @Test
    void dropsFunctionsWithoutRunTimeAndRowsWithHoles() throws IOException {
        write(
                "HashOwner,HashApp,HashFunction,Trigger,1,2",
                List.of("o,a,none,tr,1,1", "o,a,hole,tr,1,", "o,a,good,tr,1,1"),
                List.of("a,90"),
                List.of("a,none,0", "a,hole,5", "a,good,5"));

        List<FunctionTrace> trace = Preprocessor.preprocess(directory, TimeWindow.parse("00:00:01", 2));

        assertThat(trace).extracting(FunctionTrace::function).containsExactly("good");
        assertThat(trace.getFirst().memory().average()).isEqualTo(90);
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        assertThatThrownBy(() -> invocations("00:00:00", 1))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("has 0 files like *invocations*d01*.csv");
        assertThatThrownBy(() -> invocations("12:00:00", 1)).hasMessageContaining("days 0 to 11");
        assertThatThrownBy(() -> invocations("00:23:00", 61)).hasMessageContaining("cannot span days");
        write("HashOwner,HashApp,HashFunction,Trigger,1", List.of("o,a,f,tr,0"), List.of("a,1"), List.of("a,f,1"));
        assertThatThrownBy(() -> invocations("00:00:01", 1)).hasMessageContaining("No function is left");
        assertThatThrownBy(() -> invocations("00:00:01", 5)).hasMessageContaining("no column '5'");
    }

    private int[] invocations(String start, int minutes) {
        return Preprocessor.preprocess(directory, TimeWindow.parse(start, minutes))
                .getFirst()
                .invocations();
    }

    /** Memory is given as application and average, durations as application, function and average; all else is 1. */
    private void write(String header, List<String> invocations, List<String> memory, List<String> durations)
            throws IOException {
        Files.writeString(
                directory.resolve("invocations_per_function_md.anon.d01.csv"),
                header + "\n" + String.join("\n", invocations) + "\n");
        StringBuilder memoryFile =
                new StringBuilder("HashOwner,HashApp," + String.join(",", MemoryStatistics.columnNames()) + "\n");
        memory.forEach(row -> memoryFile
                .append("o,")
                .append(row.replace(",", ",1,"))
                .append(",1".repeat(MemoryStatistics.columnNames().size() - 2))
                .append('\n'));
        Files.writeString(directory.resolve("app_memory_percentiles.anon.d01.csv"), memoryFile);
        StringBuilder durationFile = new StringBuilder(
                "HashOwner,HashApp,HashFunction," + String.join(",", DurationStatistics.columnNames()) + "\n");
        durations.forEach(row -> durationFile
                .append("o,")
                .append(row)
                .append(",1".repeat(DurationStatistics.columnNames().size() - 1))
                .append('\n'));
        Files.writeString(directory.resolve("function_durations_percentiles.anon.d01.csv"), durationFile);
    }
}
