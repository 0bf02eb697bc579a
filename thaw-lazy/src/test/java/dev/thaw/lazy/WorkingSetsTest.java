package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.Manifest;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.PartKind;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkingSetsTest {
    @TempDir
    Path directory;

    private Manifest manifest;

    @BeforeEach
    void publish() throws Exception {
        try (ObjectSnapshotStore store = new ObjectSnapshotStore(
                new MemoryObjectStore(Clock.systemUTC()), TestSnapshots.keys(), Clock.systemUTC())) {
            manifest = store.publish(new TestSnapshots(directory).freeze("hello", 1), Cancellation.never());
        }
    }

    private static List<HotBlock> memory(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(block -> new HotBlock(PartKind.MEMORY.ordinal(), block))
                .toList();
    }

    @Test
    void whatOtherInputsTouchedStaysBehindWhatIsTouched() {
        List<HotBlock> order = WorkingSets.recorded(memory(0, 100), memory(90, 110), manifest);
        assertThat(order.subList(0, 100)).isEqualTo(memory(0, 100));
        assertThat(order.subList(100, order.size())).isEqualTo(memory(100, 110));
    }

    @Test
    void whatIsHotStaysSmallWhenAFunctionDrifts() {
        List<HotBlock> hot = List.of();
        for (int input = 0; input < 20; input++) {
            List<HotBlock> touched = memory(input * 10, input * 10 + 100);
            hot = WorkingSets.recorded(touched, hot, manifest);
            assertThat(hot).containsAll(touched).hasSizeLessThanOrEqualTo(125).doesNotHaveDuplicates();
        }
        assertThat(hot).doesNotContainAnyElementsOf(memory(0, 150));
    }

    @Test
    void whatIsHotIsAPartOfTheSnapshotAtMost() {
        long blocks = (manifest.memory().sizeBytes() + manifest.rootfs().sizeBytes()) / 4096;
        List<HotBlock> everything = memory(0, (int) blocks);
        assertThat(WorkingSets.recorded(everything, List.of(), manifest))
                .hasSizeBetween((int) blocks / 4 - 1, (int) blocks / 4 + 1)
                .startsWith(everything.getFirst());
        assertThat(WorkingSets.refined(everything.subList(0, 10), everything, manifest))
                .as("what was missed last stays")
                .hasSizeLessThanOrEqualTo((int) blocks / 4 + 1)
                .endsWith(everything.getLast());
        assertThat(WorkingSets.refined(memory(0, 10), memory(8, 12), manifest)).isEqualTo(memory(0, 12));
    }

    @Test
    void onlyAChangeOfSomeSizeIsWorthAnotherCompanion() {
        assertThat(WorkingSets.isWorthwhile(memory(0, 100), memory(0, 100))).isFalse();
        assertThat(WorkingSets.isWorthwhile(memory(0, 131), memory(0, 100))).isFalse();
        assertThat(WorkingSets.isWorthwhile(memory(0, 132), memory(0, 100))).isTrue();
        assertThat(WorkingSets.isWorthwhile(memory(0, 100), memory(0, 156))).isFalse();
        assertThat(WorkingSets.isWorthwhile(memory(0, 100), memory(0, 157))).isTrue();
    }
}
