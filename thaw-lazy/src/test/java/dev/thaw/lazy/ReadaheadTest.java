package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReadaheadTest {
    private final Readahead ahead = new Readahead();
    private final byte[] plain = new byte[4096];

    @Test
    void readsAtRandomGetNoWindow() {
        assertThat(ahead.missed(0)).isNull();
        ahead.covered(0, 20);
        assertThat(ahead.missed(500)).isNull();
        ahead.covered(500, 520);
        assertThat(ahead.missed(519)).as("before what is next").isNull();
    }

    @Test
    void windowsGrowAsLongAsReadsAreInOrder() {
        assertThat(ahead.missed(100)).isNull();
        ahead.covered(100, 120);
        assertThat(ahead.missed(121)).isEqualTo(new Readahead.Window(121, 64, 153));
        assertThat(ahead.missed(185)).isEqualTo(new Readahead.Window(185, 128, 249));
        assertThat(ahead.missed(0)).isNull();
        ahead.covered(0, 1);
        assertThat(ahead.missed(1)).isEqualTo(new Readahead.Window(1, 64, 33));
    }

    @Test
    void readsInOrderGoOnBesidesOthersAndAfterAMissWithinThem() {
        ahead.covered(100, 120);
        ahead.covered(5_000, 5_020);
        assertThat(ahead.missed(120)).isEqualTo(new Readahead.Window(120, 64, 152));
        assertThat(ahead.missed(5_020)).isEqualTo(new Readahead.Window(5_020, 64, 5_052));
        assertThat(ahead.missed(130)).as("within the window").isNull();
        ahead.covered(130, 131);
        assertThat(ahead.missed(184)).isEqualTo(new Readahead.Window(184, 128, 248));
        assertThat(ahead.missed(5_084)).isEqualTo(new Readahead.Window(5_084, 128, 5_148));
    }

    @Test
    void aBlockThatIsKeptBackTellsThatTheNextWindowIsWanted() {
        Readahead.Window window = inOrder(10);
        assertThat(ahead.get(window.block())).isNull();
        assertThat(ahead.keep(window.block(), plain, 0)).isTrue();
        assertThat(ahead.keep(window.block() + 1, plain, 0)).isFalse();
        assertThat(requireNonNull(ahead.get(window.block())).bytes()).isSameAs(plain);
        assertThat(ahead.get(window.block() + 1)).isNull();
        assertThat(ahead.reached(window.block() + 1)).isEmpty();
        assertThat(ahead.reached(window.block())).containsExactly(new Readahead.Window(74, 128, 138));
        assertThat(ahead.reached(window.block())).as("once").isEmpty();
    }

    @Test
    void aBlockThatIsAskedForBeforeItIsHereIsNotKeptBack() {
        Readahead.Window window = inOrder(10);
        assertThat(ahead.reached(window.block())).hasSize(1);
        assertThat(ahead.keep(window.block(), plain, 0)).isFalse();
        assertThat(ahead.get(window.block())).isNull();
    }

    @Test
    void ofTheLargestWindowsTwoAreOnTheirWay() {
        List<Readahead.Window> last = List.of(inOrder(0));
        int end = last.getFirst().end();
        while (last.size() == 1) {
            last = ahead.reached(last.getFirst().block());
            assertThat(last.getFirst().from()).isEqualTo(end);
            end = last.getLast().end();
        }
        assertThat(last).hasSize(2).allMatch(window -> window.count() == Readahead.MOST_BLOCKS);
        assertThat(ahead.reached(last.getFirst().block()))
                .containsExactly(new Readahead.Window(end, Readahead.MOST_BLOCKS, end + Readahead.MOST_BLOCKS / 2));
    }

    @Test
    void blocksThatNobodyComesForAreNotKeptBackForEver() {
        Readahead.Window first = inOrder(0);
        assertThat(ahead.keep(first.block(), plain, 0)).isTrue();
        for (int i = 1; i <= 20; i++) {
            inOrder(i * 10_000);
        }
        assertThat(ahead.get(first.block())).isNull();
        assertThat(ahead.reached(first.block())).isEmpty();
    }

    /** The first window of reads in order from there on. */
    private Readahead.Window inOrder(int block) {
        ahead.covered(Math.max(0, block - 1), block);
        return requireNonNull(ahead.missed(block));
    }
}
