package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.MemoryFrameCache;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.PartBlocks;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LazyImageTest {
    private static final Cancellation NEVER = Cancellation.never();
    private static final int BLOCK = 4096;

    @TempDir
    Path directory;

    private final long seed = Long.getLong("thaw.seed", new Random().nextLong());
    private final LazyThreads threads = new LazyThreads(Duration.ofSeconds(30), new Troubles());
    private SnapshotImages images;
    private byte[] rootfs = new byte[0];
    private LazyImage image;

    @BeforeEach
    void publish() throws Exception {
        System.out.println("thaw.seed=" + seed);
        SnapshotStore store = new ObjectSnapshotStore(
                        new MemoryObjectStore(Clock.systemUTC()), TestSnapshots.keys(), Clock.systemUTC())
                .through(new MemoryFrameCache(DataSize.ofMebibytes(64), DataSize.ofMebibytes(64)));
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        Manifest manifest = store.publish(draft, NEVER);
        try (PartBlocks blocks = new PartBlocks(Map.of(
                PartKind.MEMORY, draft.memory().file(),
                PartKind.STATE, draft.state().file(),
                PartKind.ROOTFS, draft.rootfs().file()))) {
            store.publishHot(manifest, List.of(new HotBlock(PartKind.ROOTFS.ordinal(), 1)), blocks, NEVER);
        }
        rootfs = Files.readAllBytes(draft.rootfs().file());
        images = store.images(manifest, NEVER).orElseThrow();
        image = new LazyImage(PartKind.ROOTFS, rootfs.length, images, threads, new ReadCounters(() -> {}));
    }

    @AfterEach
    void close() {
        image.close();
        images.close();
        threads.close();
    }

    private void begin(PushLine.Target pageCache) {
        images.begin((frame, plain) -> image.take(frame, plain));
        image.begin(true, pageCache, _ -> {});
    }

    private byte[] read(int block, int count) throws Exception {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        int length = Math.min(count * BLOCK, rootfs.length - block * BLOCK);
        image.read((long) block * BLOCK, length, new ReadAnswer() {
            @Override
            public void bytes(List<MemorySegment> pieces) {
                answer.complete(pieces.getFirst().toArray(ValueLayout.JAVA_BYTE));
            }

            @Override
            public boolean answered() {
                return answer.isDone();
            }

            @Override
            public void failed(Throwable failure) {
                answer.completeExceptionally(failure);
            }
        });
        return answer.get(20, TimeUnit.SECONDS);
    }

    private byte[] right(int block, int count) {
        return Arrays.copyOfRange(rootfs, block * BLOCK, Math.min(rootfs.length, (block + count) * BLOCK));
    }

    @Test
    void readsInOrderAndAtRandomGiveWhatWasPublished() throws Exception {
        begin((offset, bytes, unread) -> CompletableFuture.completedFuture(bytes.byteSize()));
        int blocks = (rootfs.length + BLOCK - 1) / BLOCK;
        for (int block = 0; block < blocks; block++) {
            assertThat(read(block, 1)).as("block %d", block).isEqualTo(right(block, 1));
        }
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            int block = random.nextInt(blocks);
            int count = 1 + random.nextInt(40);
            assertThat(read(block, count)).as("%d blocks at %d", count, block).isEqualTo(right(block, count));
        }
    }

    /** In the kernel a push waits for a page that is being read, and whoever reads it waits for the answer. */
    @Test
    void noReaderWaitsForAPush() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        begin((offset, bytes, unread) -> {
            try {
                return CompletableFuture.completedFuture(answered.await(60, TimeUnit.SECONDS) ? bytes.byteSize() : 0L);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return CompletableFuture.failedFuture(e);
            }
        });
        for (int block : new int[] {40, 1, 41, 5, 73}) {
            assertThat(read(block, 1)).isEqualTo(right(block, 1));
        }
        answered.countDown();
    }
}
