package dev.thaw.cache.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

class SlotsTest {
    @Test
    void nobodySharesASlotAndEverySlotIsUsed() {
        long seed = Long.getLong("thaw.seed", new Random().nextLong());
        System.out.println("thaw.seed=" + seed);
        Random random = new Random(seed);
        int capacity = 300;
        Slots slots = new Slots(capacity);
        BitSet taken = new BitSet();
        List<Extents> all = new ArrayList<>();
        int inPieces = 0;
        for (int i = 0; i < 50_000; i++) {
            if (random.nextInt(100) < 40 && !all.isEmpty()) {
                Extents gone = all.remove(random.nextInt(all.size()));
                slots.free(gone);
                each(gone, slot -> taken.clear(slot));
            } else {
                int count = 1 + random.nextInt(random.nextBoolean() ? 4 : 12);
                Optional<Extents> got = slots.take(count);
                assertThat(got.isPresent() || capacity - taken.cardinality() < count || count > Extents.MOST)
                        .as("seed %d operation %d: a few slots are found wherever they lie", seed, i)
                        .isTrue();
                got.ifPresent(extents -> {
                    assertThat(extents.slots()).isEqualTo(count);
                    assertThat(extents.count()).isBetween(1, Extents.MOST);
                    each(extents, slot -> {
                        assertThat(taken.get(slot)).isFalse();
                        assertThat(slot).isLessThan(capacity);
                        taken.set(slot);
                    });
                    all.add(extents);
                });
                inPieces += got.isPresent() && got.get().count() > 1 ? 1 : 0;
            }
            assertThat(slots.taken()).isEqualTo(taken.cardinality());
        }
        assertThat(inPieces).as("frames in pieces").isPositive();
    }

    private static void each(Extents extents, IntConsumer action) {
        for (int run = 0; run < extents.count(); run++) {
            for (int slot = extents.first(run); slot < extents.end(run); slot++) {
                action.accept(slot);
            }
        }
    }

    @Test
    void anEmptyOneIsFilledInOrder() {
        Slots slots = new Slots(10);
        assertThat(slots.take(4).orElseThrow().runs()).containsExactly(0, 4);
        assertThat(slots.take(4).orElseThrow().runs()).containsExactly(4, 4);
        assertThat(slots.take(4)).isEmpty();
        assertThat(slots.take(2).orElseThrow().runs()).containsExactly(8, 2);
        assertThat(slots.take(1)).isEmpty();
    }

    @Test
    void aRunIsPreferredToPieces() {
        Slots slots = new Slots(100);
        List<Extents> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(slots.take(2).orElseThrow());
        }
        slots.free(all.get(3));
        slots.free(all.get(20));
        slots.free(all.get(21));
        slots.free(all.get(40));
        assertThat(slots.take(4).orElseThrow().runs()).containsExactly(40, 4);
        assertThat(slots.take(3).orElseThrow().count()).isEqualTo(2);
        assertThat(slots.take(1)).isPresent();
        assertThat(slots.take(1)).isEmpty();
    }

    @Test
    void whatIsClaimedTwiceIsRefused() {
        Slots slots = new Slots(10);
        assertThat(slots.claim(new Extents(new int[] {2, 2, 20, 3}))).isTrue();
        assertThat(slots.claim(Extents.of(0, 2))).isTrue();
        assertThat(slots.claim(Extents.of(22, 2))).isFalse();
        assertThat(slots.taken()).isEqualTo(7);
        assertThat(slots.take(6).orElseThrow().runs()).containsExactly(4, 6);
        assertThat(slots.take(1)).as("slots above the capacity are not given").isEmpty();
    }

    @Test
    void givesBackWhatNobodyHasFromTheEnd() {
        Slots slots = new Slots(100);
        Extents first = slots.take(10).orElseThrow();
        Extents second = slots.take(5).orElseThrow();
        Extents third = slots.take(7).orElseThrow();
        assertThat(slots.backed()).isZero();
        List.of(first, second, third).forEach(slots::keep);
        slots.free(first);
        slots.free(third);
        assertThat(slots.backed()).isEqualTo(22);
        assertThat(slots.release(22)).isEmpty();
        assertThat(slots.release(20)).extracting(run -> run.runs()).containsExactly(new int[] {15, 7});
        assertThat(slots.backed()).isEqualTo(15);
        assertThat(slots.release(0)).extracting(run -> run.runs()).containsExactly(new int[] {0, 10});
        assertThat(slots.backed()).isEqualTo(5);
        assertThat(slots.release(0)).isEmpty();
        slots.free(second);
        assertThat(slots.release(0)).hasSize(1);
        assertThat(slots.backed()).isZero();
    }
}
