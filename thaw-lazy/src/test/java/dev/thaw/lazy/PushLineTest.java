package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PushLineTest {
    private static final int BLOCK = 4096;

    private final List<Pushed> pushed = new ArrayList<>();
    private final PushLine line = new PushLine(Runnable::run);

    private record Pushed(long offset, long length, IntPredicate had, CompletableFuture<Long> stored) {}

    @BeforeEach
    void begin() {
        line.begin(new PushLine.Target() {
            @Override
            public CompletableFuture<Long> push(long offset, MemorySegment bytes, IntPredicate had) {
                Pushed push = new Pushed(offset, bytes.byteSize(), had, new CompletableFuture<>());
                pushed.add(push);
                return push.stored();
            }

            @Override
            public boolean wasRead(int block) {
                return block == 3;
            }
        });
    }

    @Test
    void whoReadsANeighbourTakesItOutOfItsPush() {
        byte[] plain = new byte[4 * BLOCK];
        line.pushSpare(10 * BLOCK, plain, 0, plain.length);
        assertThat(requireNonNull(line.take(12)).offset()).isEqualTo(2 * BLOCK);
        assertThat(line.take(12)).as("once").isNull();
        assertThat(line.take(14)).isNull();
        Pushed push = pushed.getFirst();
        assertThat(push.had().test(11)).isFalse();
        assertThat(push.had().test(12)).isTrue();
        push.stored().complete(push.length());
        assertThat(line.take(11)).as("in the page cache").isNull();
    }

    @Test
    void ofTwoPushesOfANeighbourTheLaterHasIt() {
        byte[] first = new byte[BLOCK];
        byte[] second = new byte[BLOCK];
        line.pushSpare(10 * BLOCK, first, 0, BLOCK);
        line.pushSpare(10 * BLOCK, second, 0, BLOCK);
        assertThat(pushed.get(0).had().test(10)).isTrue();
        assertThat(pushed.get(1).had().test(10)).isFalse();
        pushed.get(0).stored().complete((long) BLOCK);
        assertThat(requireNonNull(line.take(10)).bytes()).isSameAs(second);
    }

    @Test
    void whatIsHotIsLeftOutWhereItHasBeenRead() {
        List<String> stored = new ArrayList<>();
        line.push(2 * BLOCK, new byte[2 * BLOCK], 0, 2 * BLOCK, () -> stored.add("all"));
        Pushed push = pushed.getFirst();
        assertThat(push.had().test(2)).isFalse();
        assertThat(push.had().test(3)).isTrue();
        assertThat(stored).isEmpty();
        push.stored().complete(push.length());
        assertThat(stored).containsExactly("all");
    }
}
