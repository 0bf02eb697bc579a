package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadaheadTest {
    private final Readahead ahead = new Readahead();
    private final HotPages.Page page = new HotPages.Page(new byte[4096], 0);

    @Test
    void readsAtRandomGetNoWindow() {
        assertThat(ahead.missed(0)).isNull();
        ahead.covered(20);
        assertThat(ahead.missed(500)).isNull();
        ahead.covered(520);
        assertThat(ahead.missed(519)).as("before what is next").isNull();
    }

    @Test
    void windowsGrowAsLongAsReadsAreInOrder() {
        assertThat(ahead.missed(100)).isNull();
        ahead.covered(120);
        assertThat(ahead.missed(121)).isEqualTo(new Readahead.Window(121, 64, 153));
        assertThat(ahead.missed(185)).isEqualTo(new Readahead.Window(185, 128, 249));
        assertThat(ahead.missed(0)).isNull();
        ahead.covered(1);
        assertThat(ahead.missed(1)).isEqualTo(new Readahead.Window(1, 64, 33));
    }

    @Test
    void aBlockThatIsKeptBackTellsThatTheNextWindowIsWanted() {
        ahead.covered(10);
        Readahead.Window window = requireNonNull(ahead.missed(10));
        assertThat(ahead.get(window.block())).isNull();
        ahead.keep(window, page);
        assertThat(ahead.get(window.block())).isSameAs(page);
        assertThat(ahead.get(window.block() + 1)).isNull();
        assertThat(ahead.reached(window.block() + 1)).isNull();
        assertThat(ahead.reached(window.block())).isEqualTo(new Readahead.Window(74, 128, 138));
        assertThat(ahead.reached(window.block())).as("once").isNull();
    }
}
