package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotImagesTest {
    private static final Cancellation NEVER = Cancellation.never();

    @TempDir
    Path directory;

    private final SnapshotStore store =
            new ObjectSnapshotStore(new MemoryObjectStore(Clock.systemUTC()), TestSnapshots.keys(), Clock.systemUTC());

    private static HotBlock block(PartKind kind, int block) {
        return new HotBlock(kind.ordinal(), block);
    }

    @Test
    void givesWhatIsHotAndTheRestByItsMaps() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        Manifest manifest = store.publish(draft, NEVER);
        assertThat(store.images(manifest, NEVER)).as("nothing is recorded").isEmpty();
        // The last block of the root file system is short.
        List<HotBlock> order = List.of(
                block(PartKind.ROOTFS, 73),
                block(PartKind.MEMORY, 40),
                block(PartKind.MEMORY, 3),
                block(PartKind.ROOTFS, 0));
        try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
            assertThat(store.publishHot(manifest, order, blocks, NEVER)).isTrue();
        }
        Set<HotBlock> came = ConcurrentHashMap.newKeySet();
        byte[] memory = Files.readAllBytes(draft.memory().file());
        byte[] rootfs = Files.readAllBytes(draft.rootfs().file());
        try (SnapshotImages images = store.images(manifest, NEVER).orElseThrow()) {
            images.begin((frame, plain) -> {
                int at = 0;
                for (HotMap.Run run : frame.runs()) {
                    for (int i = 0; i < run.count(); i++, at += Blocks.BYTES) {
                        byte[] right = switch (SnapshotImages.part(run.part())) {
                            case MEMORY -> memory;
                            case ROOTFS -> rootfs;
                            case STATE -> new byte[0];
                        };
                        int from = (run.block() + i) * Blocks.BYTES;
                        int length = Math.min(Blocks.BYTES, right.length - from);
                        if (length > 0 && Arrays.equals(plain, at, at + length, right, from, from + length)) {
                            came.add(new HotBlock(run.part(), run.block() + i));
                        }
                    }
                }
            });
            assertThat(images.state().get(10, TimeUnit.SECONDS))
                    .isEqualTo(Files.readAllBytes(draft.state().file()));
            images.hot().get(10, TimeUnit.SECONDS);
            assertThat(came).containsExactlyInAnyOrderElementsOf(order);
            BlockMap map = images.map(PartKind.ROOTFS).get(10, TimeUnit.SECONDS);
            int place = (int) map.locate(7);
            byte[] seventh = new byte[Blocks.BYTES];
            images.read(
                    List.of(map.frames().get((int) (map.locate(7) >>> Integer.SIZE))),
                    (frame, plain) -> System.arraycopy(plain, place * Blocks.BYTES, seventh, 0, Blocks.BYTES),
                    NEVER);
            assertThat(seventh).isEqualTo(Arrays.copyOfRange(rootfs, 7 * Blocks.BYTES, 8 * Blocks.BYTES));
            assertThat(images.originBytes()).isPositive();
        }
    }

    /** Misses a frame the first time that it is asked for, and lets somebody else bring it before it says so. */
    private static final class LateCache implements FrameCache {
        private final FrameCache cache = new MemoryFrameCache(DataSize.ofMebibytes(16), DataSize.ofMebibytes(16));
        private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});

        @Override
        public Optional<byte[]> get(FrameKey frame) {
            Optional<byte[]> here = cache.get(frame);
            meanwhile.getAndSet(() -> {}).run();
            return here;
        }

        @Override
        public boolean has(FrameKey frame) {
            return cache.has(frame);
        }

        @Override
        public void put(FrameKey frame, byte[] sealed) {
            cache.put(frame, sealed);
        }

        @Override
        public void discard(FrameKey frame) {
            cache.discard(frame);
        }

        @Override
        public Pin pin(Collection<FrameKey> frames) {
            return cache.pin(frames);
        }

        @Override
        public void close() {
            cache.close();
        }
    }

    @Test
    void aFrameThatCameSinceTheCacheWasAskedIsNotFetchedAgain() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        Manifest manifest = store.publish(draft, NEVER);
        try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
            assertThat(store.publishHot(manifest, List.of(block(PartKind.ROOTFS, 1)), blocks, NEVER))
                    .isTrue();
        }
        LateCache cache = new LateCache();
        SnapshotStore cached = store.through(cache);
        try (SnapshotImages images = cached.images(manifest, NEVER).orElseThrow()) {
            images.begin((frame, plain) -> {});
            images.hot().get(10, TimeUnit.SECONDS);
            BlockMap map = images.map(PartKind.ROOTFS).get(10, TimeUnit.SECONDS);
            images.map(PartKind.MEMORY).get(10, TimeUnit.SECONDS);
            List<FrameRef> one = List.of(map.frames().getFirst());
            long before = cached.readStats().requests();
            AtomicInteger given = new AtomicInteger();
            cache.meanwhile.set(() -> {
                try {
                    images.read(one, (frame, plain) -> given.incrementAndGet(), NEVER);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(images.read(one, (frame, plain) -> given.incrementAndGet(), NEVER))
                    .isZero();
            assertThat(given.get()).isEqualTo(2);
            assertThat(cached.readStats().requests() - before).isEqualTo(1);
        }
    }

    @Test
    void aBetterCompanionIsNotReplacedByWhoReadAnOlderOne() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        Manifest manifest = store.publish(draft, NEVER);
        List<HotBlock> order = List.of(block(PartKind.ROOTFS, 1));
        try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
            assertThat(store.publishHot(manifest, order, blocks, NEVER)).isTrue();
            try (SnapshotImages early = store.images(manifest, NEVER).orElseThrow()) {
                assertThat(store.publishHot(manifest, order, blocks, NEVER)).isTrue();
                assertThat(early.replaceHot(order, blocks, NEVER)).isFalse();
            }
            try (SnapshotImages late = store.images(manifest, NEVER).orElseThrow()) {
                assertThat(late.replaceHot(order, blocks, NEVER)).isTrue();
            }
        }
    }
}
