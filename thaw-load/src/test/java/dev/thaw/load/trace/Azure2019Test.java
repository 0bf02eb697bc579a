package dev.thaw.load.trace;

import static dev.thaw.load.trace.TestTraces.DURATIONS;
import static dev.thaw.load.trace.TestTraces.INVOCATIONS;
import static dev.thaw.load.trace.TestTraces.MEMORY;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Azure2019Test {
    @TempDir
    Path directory;

    /** The numbers of In-Vitro's own test data. */
    @Test
    void readsTheThreeFiles() {
        List<FunctionTrace> functions = read(INVOCATIONS, 2);

        assertThat(functions).hasSize(1);
        FunctionTrace function = functions.getFirst();
        assertThat(function.owner() + function.application() + function.function())
                .isEqualTo("oaf");
        assertThat(function.trigger()).isEqualTo("queue");
        assertThat(function.invocations()).containsExactly(3, 4);
        assertThat(function.totalInvocations()).isEqualTo(7);
        assertThat(function.durations()).isEqualTo(new DurationStatistics(100, 57523, 1, 7, 1, 2, 3, 4, 5, 6, 7));
        assertThat(function.memory()).isEqualTo(new MemoryStatistics(19342, 120, 95, 96, 97, 98, 99, 100, 101, 102));
    }

    @Test
    void leadingColumnsMayComeInAnyOrderAndCase() {
        FunctionTrace function = read("Trigger,hashfunction,HASHOWNER,HashApp,1,2\nqueue,f,o,a,3,4\n", 2)
                .getFirst();

        assertThat(function.owner() + function.application() + function.function())
                .isEqualTo("oaf");
        assertThat(function.trigger()).isEqualTo("queue");
        assertThat(function.invocations()).containsExactly(3, 4);
    }

    @Test
    void triggerMayBeAbsent() {
        FunctionTrace function =
                read("HashApp,HashFunction,HashOwner,1,2\na,f,o,3,4\n", 2).getFirst();

        assertThat(function.trigger()).isEmpty();
        assertThat(function.invocations()).containsExactly(3, 4);
    }

    @Test
    void joinsOnTheFunctionAlone() {
        FunctionTrace function =
                read("HashOwner,HashApp,HashFunction,1\nother,another,f,5\n", 1).getFirst();

        assertThat(function.owner()).isEqualTo("other");
        assertThat(function.durations().average()).isEqualTo(100);
    }

    @Test
    void theLastOfTwoRowsOfStatisticsCounts() {
        Path trace = TestTraces.write(
                directory,
                INVOCATIONS,
                DURATIONS + "o,a,f,200,1,1,1,1,1,1,1,1,1,1\n",
                MEMORY + "x,y,f,1,9,9,9,9,9,9,9,9,9\n");

        FunctionTrace function = Azure2019.read(trace, 2).getFirst();

        assertThat(function.durations().average()).isEqualTo(200);
        assertThat(function.memory().average()).isEqualTo(9);
    }

    @Test
    void aFunctionMayBeThereTwice() {
        assertThat(read(INVOCATIONS + "o,a,f,queue,1,1\n", 2)).hasSize(2);
    }

    @Test
    void readsOnlyTheUnitsAskedFor() {
        assertThat(read(INVOCATIONS, 1).getFirst().invocations()).containsExactly(3);
        assertThat(read(INVOCATIONS, 0).getFirst().invocations()).containsExactly(3);
    }

    @Test
    void acceptsQuotesCarriageReturnsAndAByteOrderMark() {
        FunctionTrace function = read(
                        "\uFEFF\"HashOwner\",HashApp,HashFunction,Trigger,1\r\n\r\no,\"a,\"\"b\"\"\",f,\"que\nue\",12\r\n",
                        1)
                .getFirst();

        assertThat(function.application()).isEqualTo("a,\"b\"");
        assertThat(function.trigger()).isEqualTo("que\nue");
        assertThat(function.invocations()).containsExactly(12);
    }

    @Test
    void readsWhatItWrote() {
        List<FunctionTrace> written = List.of(
                TestTraces.function("f1", 12.5, 100, 0, 10, 123456), TestTraces.function("f2", 0.25, 64.125, 1, 2, 3));
        Azure2019.write(directory.resolve("new/trace"), written);

        List<FunctionTrace> read = Azure2019.read(directory.resolve("new/trace"));

        assertThat(read).usingRecursiveComparison().isEqualTo(written);
        assertThat(directory.resolve("new/trace").toFile().list())
                .containsExactlyInAnyOrder("invocations.csv", "durations.csv", "memory.csv");
    }

    private List<FunctionTrace> read(String invocations, int units) {
        return Azure2019.read(TestTraces.write(directory, invocations, DURATIONS, MEMORY), units);
    }
}
