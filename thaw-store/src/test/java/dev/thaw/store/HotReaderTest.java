package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.HookedObjectStore;
import dev.thaw.store.object.HookedObjectStore.HalfRead;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.StoreException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order a companion's frames are given, and how early. */
class HotReaderTest {
    private static final Cancellation NEVER = Cancellation.never();

    /** All of a root file system that does not compress: 300 KB, so a range in front and one behind it. */
    private static final List<HotBlock> ORDER = IntStream.range(0, 73)
            .mapToObj(block -> new HotBlock(PartKind.ROOTFS.ordinal(), block))
            .toList();

    private static final int FRONT_BYTES = 64 << 10;

    @TempDir
    Path directory;

    private volatile HalfRead half = (_, _) -> {};
    private final SnapshotStore store = new ObjectSnapshotStore(
            new HookedObjectStore(
                    new MemoryObjectStore(Clock.systemUTC()), (_, _, _) -> {}, (key, range) -> half.at(key, range)),
            TestSnapshots.keys(),
            Clock.systemUTC());

    private Manifest manifest;

    @BeforeEach
    void publish() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        manifest = store.publish(draft, NEVER);
        try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
            assertThat(store.publishHot(manifest, ORDER, blocks, NEVER)).isTrue();
        }
    }

    private static void pass(CountDownLatch latch) throws StoreException {
        try {
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, "what was waited for did not come");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "interrupted", e);
        }
    }

    @Test
    void framesAreGivenWhileTheirRangeIsOnItsWay() throws Exception {
        CountDownLatch given = new CountDownLatch(1);
        half = (key, range) -> {
            if (key.contains("/hot/") && range.offset() > 0) {
                pass(given);
            }
        };
        Queue<HotMap.HotFrame> came = new ConcurrentLinkedQueue<>();
        try (SnapshotImages images = store.images(manifest, NEVER).orElseThrow()) {
            images.begin((frame, _) -> {
                came.add(frame);
                if (frame.frame().offset() >= FRONT_BYTES) {
                    given.countDown();
                }
            });
            images.hot().get(20, TimeUnit.SECONDS);
            assertThat(came.stream()
                            .mapToInt(frame -> frame.frame().plainBytes())
                            .sum())
                    .isGreaterThanOrEqualTo(ORDER.size() * Blocks.BYTES);
            assertThat(came).doesNotHaveDuplicates();
        }
    }
}
