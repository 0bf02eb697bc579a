package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.thaw.store.object.HookedObjectStore;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.StoreException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LazyImageTest {
    private static final Cancellation NEVER = Cancellation.never();
    private static final int BLOCK = 4096;
    private static final int ROOTFS_BLOCKS = 3_000;

    @TempDir
    Path directory;

    private final long seed = Long.getLong("thaw.seed", new Random().nextLong());
    private final LazyThreads threads = new LazyThreads(Duration.ofSeconds(30), new Troubles());
    private final ReadCounters counters = new ReadCounters(_ -> {});
    private SnapshotImages images;
    private byte[] rootfs = new byte[0];
    private LazyImage image;

    /** Told of each object that is read, once {@link #begin} has been called. */
    private volatile Reading reading = _ -> {};

    private interface Reading {
        void of(String key) throws StoreException;
    }

    @BeforeEach
    void publish() throws Exception {
        System.out.println("thaw.seed=" + seed);
        SnapshotStore store = new ObjectSnapshotStore(
                        new HookedObjectStore(new MemoryObjectStore(Clock.systemUTC()), (operation, moment, key) -> {
                            if (operation == HookedObjectStore.Operation.GET
                                    && moment == HookedObjectStore.Moment.BEFORE) {
                                reading.of(key);
                            }
                        }),
                        TestSnapshots.keys(),
                        Clock.systemUTC())
                .through(new MemoryFrameCache(DataSize.ofMebibytes(64), DataSize.ofMebibytes(64)));
        Files.write(directory.resolve("hello.erofs"), tree(new Random(seed), ROOTFS_BLOCKS));
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        Manifest manifest = store.publish(draft, NEVER);
        try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
            store.publishHot(manifest, List.of(new HotBlock(PartKind.ROOTFS.ordinal(), 1)), blocks, NEVER);
        }
        rootfs = Files.readAllBytes(draft.rootfs().file());
        images = store.images(manifest, NEVER).orElseThrow();
        image = new LazyImage(PartKind.ROOTFS, rootfs.length, images, threads, counters);
    }

    /** Blocks of which some are zero and some alike, the last one short. */
    private static byte[] tree(Random random, int blocks) {
        byte[] bytes = new byte[blocks * BLOCK - 100];
        byte[] block = new byte[BLOCK];
        for (int at = 0; at < bytes.length; at += BLOCK) {
            if (random.nextInt(20) > 0) {
                random.nextBytes(block);
            }
            if (random.nextInt(20) > 0) {
                System.arraycopy(block, 0, bytes, at, Math.min(BLOCK, bytes.length - at));
            }
        }
        return bytes;
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

    /** Until all has come that comes unasked. */
    private void beginAndAwait() throws Exception {
        begin((offset, bytes, had) -> CompletableFuture.completedFuture(bytes.byteSize()));
        images.map(PartKind.MEMORY).get(20, TimeUnit.SECONDS);
        images.map(PartKind.ROOTFS).get(20, TimeUnit.SECONDS);
        images.hot().get(20, TimeUnit.SECONDS);
        image.frames().get(20, TimeUnit.SECONDS);
    }

    private byte[] read(int block, int count) throws Exception {
        return ask(block, count).get(20, TimeUnit.SECONDS);
    }

    private CompletableFuture<byte[]> ask(int block, int count) {
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
        return answer;
    }

    private byte[] right(int block, int count) {
        return Arrays.copyOfRange(rootfs, block * BLOCK, Math.min(rootfs.length, (block + count) * BLOCK));
    }

    @Test
    void readsInOrderAndAtRandomGiveWhatWasPublished() throws Exception {
        begin((offset, bytes, had) -> CompletableFuture.completedFuture(bytes.byteSize()));
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
        begin((offset, bytes, had) -> {
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

    @Test
    void manyWhoReadAtOnceFromAStoreThatFailsGetWhatWasPublished() throws Exception {
        beginAndAwait();
        AtomicInteger requests = new AtomicInteger();
        reading = _ -> {
            if (requests.incrementAndGet() % 3 == 0) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, "told to fail");
            }
        };
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Random random = new Random(seed + i);
                all.add(readers.submit(() -> {
                    int block = random.nextInt(ROOTFS_BLOCKS);
                    for (int reads = 0; reads < 300; reads++) {
                        int count = 1 + random.nextInt(32);
                        assertThat(read(block, count)).isEqualTo(right(block, count));
                        boolean inOrder = random.nextInt(50) > 0 && block + count < ROOTFS_BLOCKS;
                        block = inOrder ? block + count : random.nextInt(ROOTFS_BLOCKS);
                    }
                    return true;
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        // Neighbours of what was answered last may be on their way still.
        Awaitility.await().until(() -> !threads.faults().any());
    }

    @Test
    void whatIsOnItsWayIsWaitedForAndNotFetchedAgain() throws Exception {
        beginAndAwait();
        int block = stored(1_000);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        AtomicInteger requests = new AtomicInteger();
        reading = _ -> {
            requests.incrementAndGet();
            asked.countDown();
            await(answered);
        };
        List<CompletableFuture<byte[]>> all = new ArrayList<>(List.of(ask(block, 1)));
        await(asked);
        for (int i = 0; i < 5; i++) {
            all.add(ask(block, 1));
        }
        answered.countDown();
        for (CompletableFuture<byte[]> one : all) {
            assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(right(block, 1));
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void whoWaitsForAFetchThatFailsFetchesForHimself() throws Exception {
        beginAndAwait();
        int block = stored(1_000);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch failing = new CountDownLatch(1);
        AtomicInteger requests = new AtomicInteger();
        reading = _ -> {
            if (requests.incrementAndGet() == 1) {
                asked.countDown();
                await(failing);
                throw new StoreException(StoreException.Code.NOT_FOUND, "told to fail for good");
            }
        };
        CompletableFuture<byte[]> first = ask(block, 1);
        await(asked);
        CompletableFuture<byte[]> second = ask(block, 1);
        failing.countDown();
        assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(right(block, 1));
        assertThatThrownBy(() -> first.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(StoreException.class);
    }

    /** A block that is not zero, from there on. */
    private int stored(int from) {
        int block = from;
        while (!image.isStored(block)) {
            block++;
        }
        return block;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
