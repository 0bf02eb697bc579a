package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.ByteRange;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HotRangesTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @ValueSource(
            longs = {
                1,
                64 * KIB - 1,
                64 * KIB,
                64 * KIB + 1,
                576 * KIB,
                6 * MIB + 64 * KIB,
                6 * MIB + 64 * KIB + 1,
                9_000_001,
                12 * MIB + 64 * KIB,
                12 * MIB + 64 * KIB + 1,
                512L * MIB
            })
    void everyByteIsInOneRange(long bytes) {
        assertEveryByteIsInOneRange(bytes, HotRanges.FRONT_BYTES);
        assertEveryByteIsInOneRange(bytes, 1);
        assertEveryByteIsInOneRange(bytes, PointerObject.MAX_HEAD_BYTES);
    }

    private static void assertEveryByteIsInOneRange(long bytes, int frontBytes) {
        HotRanges ranges = new HotRanges(bytes, frontBytes);
        List<ByteRange> all = ranges.all();
        assertThat(all).hasSize(ranges.count());
        long at = 0;
        for (int i = 0; i < all.size(); i++) {
            ByteRange range = all.get(i);
            assertThat(range.offset()).isEqualTo(at);
            at += range.length();
            assertThat(ranges.number(range.offset())).isEqualTo(i);
            assertThat(ranges.number(at - 1)).isEqualTo(i);
        }
        assertThat(at).isEqualTo(bytes);
    }

    @Test
    void whatEverythingWaitsForComesAlone() {
        assertThat(new HotRanges(9 * MIB, HotRanges.FRONT_BYTES).all().getFirst())
                .isEqualTo(new ByteRange(0, 64 * KIB));
    }

    @Test
    void aSmallOneIsNotInSmallPieces() {
        assertThat(new HotRanges(3 * MIB, HotRanges.FRONT_BYTES).all().get(1).length())
                .isEqualTo(MIB);
    }

    @ParameterizedTest
    @ValueSource(ints = {7 * MIB, 9_000_001, 12 * MIB, 12 * MIB + 64 * KIB})
    void aLargerOneFitsTheStreamsWithMapsAndAMiss(int bytes) {
        assertThat(new HotRanges(bytes, HotRanges.FRONT_BYTES).count()).isLessThanOrEqualTo(Parallel.STREAMS - 3);
    }

    @Test
    void theFirstOfAVeryLargeOneDoNotWaitForTheLast() {
        assertThat(new HotRanges(64L * MIB, HotRanges.FRONT_BYTES).all().get(1).length())
                .isEqualTo(MIB);
    }
}
