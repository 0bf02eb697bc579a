package dev.thaw.load.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The traces that ship with the project are what their description says. */
class ColdStartTracesTest {
    @Test
    void asPublished() {
        List<FunctionTrace> functions = Azure2019.read(Path.of("../traces/cold-start"), 30);

        List<Integer> even = IntStream.rangeClosed(1, 15).mapToObj(i -> 2 * i).toList();
        List<Integer> odd =
                IntStream.rangeClosed(3, 14).mapToObj(i -> 2 * i + 1).toList();
        assertThat(functions).extracting(ColdStartTracesTest::minutes).containsExactly(even, even, odd, odd);
        checkFunctions(functions, 54);
    }

    @Test
    void asDescribed() {
        List<FunctionTrace> functions = Azure2019.read(Path.of("../traces/cold-start-60"), 30);

        List<Integer> odd = IntStream.range(0, 15).mapToObj(i -> 2 * i + 1).toList();
        assertThat(functions).extracting(ColdStartTracesTest::minutes).containsExactly(odd, odd, odd, odd);
        checkFunctions(functions, 60);
    }

    private static void checkFunctions(List<FunctionTrace> functions, long invocations) {
        assertThat(functions.stream().mapToLong(FunctionTrace::totalInvocations).sum())
                .isEqualTo(invocations);
        assertThat(functions).extracting(FunctionTrace::trigger).containsExactly("queue", "queue", "queue", "timer");
        assertThat(functions)
                .extracting(function -> function.durations().average())
                .containsExactly(100.0, 500.0, 250.0, 125.0);
        assertThat(functions)
                .extracting(function -> function.memory().average())
                .containsExactly(120.0, 176.0, 170.0, 112.0);
    }

    private static List<Integer> minutes(FunctionTrace function) {
        List<Integer> minutes = new ArrayList<>();
        for (int i = 0; i < function.invocations().length; i++) {
            if (function.invocations()[i] > 0) {
                assertThat(function.invocations()[i]).isEqualTo(1);
                minutes.add(i + 1);
            }
        }
        return minutes;
    }
}
