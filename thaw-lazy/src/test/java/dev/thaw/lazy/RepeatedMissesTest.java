package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Digest;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RepeatedMissesTest {
    private static final HotBlock A = new HotBlock(0, 7);
    private static final HotBlock B = new HotBlock(0, 8);
    private static final HotBlock OF_ANOTHER_PART = new HotBlock(1, 7);

    private final RepeatedMisses misses = new RepeatedMisses();

    private static Digest snapshot(int number) {
        return Digest.of(new byte[] {(byte) number, (byte) (number >> 8)});
    }

    @Test
    void whatIsMissedAgainBecomesHotWithAllThatWasMissedLately() {
        assertThat(misses.add(snapshot(1), List.of(A))).isEmpty();
        assertThat(misses.add(snapshot(1), List.of(OF_ANOTHER_PART))).isEmpty();
        assertThat(misses.add(snapshot(1), List.of())).isEmpty();
        assertThat(misses.add(snapshot(1), List.of(B, A))).containsExactly(A, OF_ANOTHER_PART, B);
        assertThat(misses.add(snapshot(1), List.of(A))).as("from here on anew").isEmpty();
    }

    @Test
    void manyBecomeHotAtOnce() {
        List<HotBlock> many = IntStream.range(100, 100 + RepeatedMisses.MANY)
                .mapToObj(block -> new HotBlock(0, block))
                .toList();
        misses.add(snapshot(1), List.of(A));
        assertThat(misses.add(snapshot(1), many)).startsWith(A).containsAll(many);
        assertThat(misses.add(snapshot(2), many.subList(1, many.size()))).isEmpty();
    }

    @Test
    void whatWasMissedLongAgoIsForgotten() {
        misses.add(snapshot(1), List.of(A));
        for (int i = 0; i < 8; i++) {
            assertThat(misses.add(snapshot(1), List.of())).isEmpty();
        }
        assertThat(misses.add(snapshot(1), List.of(A))).isEmpty();
    }

    @Test
    void snapshotsAreKeptApartAndForgottenInTime() {
        misses.add(snapshot(0), List.of(A));
        assertThat(misses.add(snapshot(1), List.of(A))).isEmpty();
        for (int i = 2; i < 1_002; i++) {
            misses.add(snapshot(i), List.of(A));
        }
        assertThat(misses.add(snapshot(0), List.of(A))).isEmpty();
        assertThat(misses.add(snapshot(1_001), List.of(A))).containsExactly(A);
    }
}
