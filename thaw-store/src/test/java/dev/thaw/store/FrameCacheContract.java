package dev.thaw.store;

import static dev.thaw.store.TestFrames.key;
import static dev.thaw.store.TestFrames.keys;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.chunk.FrameCipher;
import dev.thaw.store.chunk.FrameKey;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every cache of frames does that evicts who was least recently used. */
public abstract class FrameCacheContract {
    /** All frames here are that long, so that room can be told in frames. */
    protected static final int FRAME_BYTES = 5_000;

    private FrameCache cache = FrameCache.none();

    /** A new one with room for as many frames of {@link #FRAME_BYTES}. */
    protected abstract FrameCache open(int keepFrames, int inUseFrames) throws Exception;

    @AfterEach
    void close() {
        cache.close();
    }

    private void use(int keepFrames, int inUseFrames) throws Exception {
        cache = open(keepFrames, inUseFrames);
    }

    private static byte[] bytes(FrameKey key) {
        return TestFrames.bytes(key, FRAME_BYTES);
    }

    private void put(int first, int end) {
        keys(first, end).forEach(key -> cache.put(key, bytes(key)));
    }

    private List<Integer> here(int end) {
        return IntStream.range(0, end).filter(i -> cache.has(key(i))).boxed().toList();
    }

    private void assertGives(int number) {
        assertThat(cache.get(key(number)).orElseThrow()).isEqualTo(bytes(key(number)));
    }

    @Test
    void givesWhatWasPut() throws Exception {
        use(10, 10);
        assertThat(cache.get(key(0))).isEmpty();
        put(0, 3);
        assertGives(0);
        assertGives(2);
        assertThat(here(5)).containsExactly(0, 1, 2);
        assertThat(cache.get(key(3))).isEmpty();
    }

    @Test
    void packsWithTheSameNumbersAreApart() throws Exception {
        use(10, 10);
        put(0, 1);
        assertThat(cache.get(key(100))).isEmpty();
        put(100, 101);
        assertGives(0);
        assertGives(100);
    }

    @Test
    void whatIsGivenBelongsToTheCaller() throws Exception {
        use(10, 10);
        put(0, 1);
        cache.get(key(0)).orElseThrow()[0]++;
        assertGives(0);
    }

    @Test
    void aSecondPutChangesNothing() throws Exception {
        use(10, 10);
        put(0, 1);
        cache.put(key(0), new byte[] {1});
        assertGives(0);
    }

    @Test
    void theLeastRecentlyUsedGoes() throws Exception {
        use(3, 3);
        put(0, 3);
        assertGives(0);
        assertThat(cache.has(key(1))).isTrue(); // which is no use of it
        put(3, 4);
        assertThat(here(5)).containsExactly(0, 2, 3);
        put(4, 5);
        assertThat(here(5)).containsExactly(0, 3, 4);
    }

    @Test
    void whatDoesNotOpenIsDiscarded() throws Exception {
        use(3, 3);
        put(0, 2);
        cache.discard(key(0));
        cache.discard(key(0));
        cache.discard(key(7));
        assertThat(here(5)).containsExactly(1);
        put(0, 1);
        assertGives(0);
    }

    @Test
    void whatIsHeldStays() throws Exception {
        use(3, 3);
        put(0, 3);
        try (FrameCache.Pin _ = cache.pin(keys(0, 2))) {
            put(3, 6);
            assertThat(here(6)).containsExactly(0, 1, 5);
        }
        put(6, 8);
        assertThat(here(8)).as("what was held was in use until it was let go").containsExactly(1, 6, 7);
    }

    @Test
    void whatIsHeldBeforeItComesStaysToo() throws Exception {
        use(2, 2);
        try (FrameCache.Pin _ = cache.pin(keys(0, 2))) {
            put(0, 5);
            assertThat(here(5)).as("there is no room for what nobody holds").containsExactly(0, 1);
        }
        put(5, 7);
        assertThat(here(7)).containsExactly(5, 6);
    }

    @Test
    void holdsAreCounted() throws Exception {
        use(2, 2);
        put(0, 2);
        FrameCache.Pin first = cache.pin(keys(0, 1));
        FrameCache.Pin second = cache.pin(List.of(key(0), key(0)));
        first.close();
        first.close();
        put(2, 5);
        assertThat(here(5)).containsExactly(0, 4);
        second.close();
        put(5, 7);
        assertThat(here(7)).containsExactly(5, 6);
    }

    @Test
    void whatIsHeldMayExceedWhatIsKept() throws Exception {
        use(2, 5);
        put(0, 2);
        FrameCache.Pin pin = cache.pin(keys(2, 9));
        put(2, 9);
        assertThat(here(9)).as("five are held, and more may not be").containsExactly(2, 3, 4, 5, 6);
        put(0, 2);
        assertThat(here(9)).containsExactly(2, 3, 4, 5, 6);
        pin.close();
        assertThat(here(9)).as("only what is kept outlives the hold").containsExactly(5, 6);
    }

    @Test
    void nothingOutlivesTheLastHoldWhereNothingIsKept() throws Exception {
        use(0, 5);
        put(0, 2);
        assertThat(here(9)).isEmpty();
        FrameCache.Pin first = cache.pin(keys(0, 3));
        FrameCache.Pin second = cache.pin(keys(2, 4));
        put(0, 4);
        assertThat(here(9)).containsExactly(0, 1, 2, 3);
        first.close();
        assertThat(here(9)).containsExactly(2, 3);
        second.close();
        assertThat(here(9)).isEmpty();
    }

    @Test
    void whatIsDiscardedIsGoneAlthoughItIsHeld() throws Exception {
        use(2, 2);
        put(0, 2);
        try (FrameCache.Pin _ = cache.pin(keys(0, 2))) {
            cache.discard(key(0));
            assertThat(here(4)).containsExactly(1);
            put(2, 3);
            assertThat(here(4)).containsExactly(1, 2);
            put(0, 1);
            assertThat(here(4)).as("it is held still").containsExactly(0, 1);
        }
    }

    @Test
    void whatNoFrameCanBeIsNotTaken() throws Exception {
        use(1000, 1000);
        cache.put(key(0), new byte[0]);
        cache.put(key(1), new byte[FrameCipher.MAX_SEALED_BYTES + 1]);
        cache.put(key(2), new byte[FrameCipher.MAX_SEALED_BYTES]);
        assertThat(here(5)).containsExactly(2);
    }

    @Test
    void aClosedOneIsEmpty() throws Exception {
        use(3, 3);
        put(0, 2);
        FrameCache.Pin pin = cache.pin(keys(0, 1));
        cache.close();
        cache.close();
        assertThat(cache.get(key(0))).isEmpty();
        assertThat(here(5)).isEmpty();
        put(2, 3);
        cache.discard(key(0));
        assertThat(here(5)).isEmpty();
        pin.close();
    }
}
