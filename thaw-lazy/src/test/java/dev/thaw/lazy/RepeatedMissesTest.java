package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Digest;
import java.util.List;
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
    void whatTwoThawsInARowMissIsToldFromChance() {
        assertThat(misses.add(snapshot(1), List.of(A))).isFalse();
        assertThat(misses.add(snapshot(1), List.of(B, OF_ANOTHER_PART))).isFalse();
        assertThat(misses.add(snapshot(1), List.of(A, B))).isTrue();
    }

    @Test
    void aThawWithoutAMissStartsAnew() {
        misses.add(snapshot(1), List.of(A));
        assertThat(misses.add(snapshot(1), List.of())).isFalse();
        assertThat(misses.add(snapshot(1), List.of(A))).isFalse();
    }

    @Test
    void snapshotsAreKeptApartAndForgottenInTime() {
        misses.add(snapshot(0), List.of(A));
        assertThat(misses.add(snapshot(1), List.of(A))).isFalse();
        for (int i = 2; i < 1_002; i++) {
            misses.add(snapshot(i), List.of(A));
        }
        assertThat(misses.add(snapshot(0), List.of(A))).isFalse();
        assertThat(misses.add(snapshot(1_001), List.of(A))).isTrue();
    }
}
