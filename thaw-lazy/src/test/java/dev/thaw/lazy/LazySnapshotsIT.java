package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.cache.Lease;
import dev.thaw.cache.ThawReads;
import dev.thaw.store.Heads;
import dev.thaw.store.Manifest;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.PartBlocks;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.TestClock;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.HookedObjectStore;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of imaginary guests, read by another process, from a store that fails. */
class LazySnapshotsIT {
    private static final Cancellation NEVER = Cancellation.never();
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock(Instant.ofEpochSecond(1_900_000_000));
    private final MemoryObjectStore objects = new MemoryObjectStore(Clock.systemUTC());

    /** What is done at reads. Written by the test, read by all. */
    private volatile HookedObjectStore.Hook hook = (operation, moment, key) -> {};

    private SnapshotStore store = openStore();
    private Leaks before = new Leaks(Path.of(""), 0, 0, 0);
    private SnapshotDraft draft;
    private Manifest manifest;
    private LazySnapshots snapshots;
    private ChildJvm reader;

    private SnapshotStore openStore() {
        return new ObjectSnapshotStore(
                new HookedObjectStore(objects, (operation, moment, key) -> hook.at(operation, moment, key)),
                TestSnapshots.keys(),
                Clock.systemUTC());
    }

    /** Goes on with a daemon that has found a pointer without a head: the state is in the companion alone. */
    private void withoutHead(Duration patience) throws Exception {
        snapshots.close();
        store.close();
        Heads.remove(objects, draft);
        store = openStore();
        assertThat(store.resolve(draft.identity(), draft.fit(), NEVER)).contains(manifest);
        snapshots = daemon(patience);
    }

    @BeforeEach
    void open() throws Exception {
        before = Leaks.now(directory);
        draft = new TestSnapshots(directory).freeze("hello", 1);
        manifest = store.publish(draft, NEVER);
        try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
            assertThat(store.publishHot(manifest, List.of(new HotBlock(PartKind.ROOTFS.ordinal(), 1)), blocks, NEVER))
                    .isTrue();
        }
        snapshots = daemon();
        reader = ChildJvm.reader();
    }

    /** What a daemon has, one after the other. */
    private LazySnapshots daemon() throws IOException {
        return daemon(PATIENCE);
    }

    private LazySnapshots daemon(Duration patience) throws IOException {
        LazyMounts mounts = LazyMounts.open(directory.resolve("m"), directory.resolve("bin"), store, patience);
        return new LazySnapshots(store, mounts, RecordPolicy.INVOCATION, Prefetch.WORKING_SET, 1 << 20, clock);
    }

    @AfterEach
    void close() throws Exception {
        reader.close();
        snapshots.close();
        store.close();
        before.assertNoneSince();
        assertThat(directory.resolve("m")).doesNotExist();
    }

    private Lease acquire() throws StoreException {
        return acquire(NEVER);
    }

    private Lease acquire(Cancellation cancellation) throws StoreException {
        Lease lease = snapshots.acquire(manifest, cancellation).orElseThrow();
        try {
            lease.awaitState(cancellation);
            return lease;
        } catch (StoreException e) {
            lease.close();
            throw e;
        }
    }

    /** What the other process finds in the memory, all of it. */
    private String read(Lease lease) throws IOException {
        return reader.ask("read " + lease.memory() + " 0 " + manifest.memory().sizeBytes());
    }

    private String opened(Lease lease) throws IOException {
        return reader.ask("open " + lease.memory());
    }

    private String right() throws IOException {
        return crc(draft.memory().file());
    }

    private static String crc(Path file) throws IOException {
        return Long.toString(ReaderMain.crc(ByteBuffer.wrap(Files.readAllBytes(file))));
    }

    /** Reads of such keys count down {@code asked} and wait for {@code goOn}. */
    private static HookedObjectStore.Hook holdUp(String part, CountDownLatch asked, CountDownLatch goOn) {
        return (operation, moment, key) -> {
            if (reads(operation, moment) && key.contains(part)) {
                asked.countDown();
                pass(goOn);
            }
        };
    }

    private static boolean reads(HookedObjectStore.Operation operation, HookedObjectStore.Moment moment) {
        return operation == HookedObjectStore.Operation.GET && moment == HookedObjectStore.Moment.BEFORE;
    }

    /** @param times how many reads of such keys fail */
    private void fail(String where, int times) {
        AtomicInteger left = new AtomicInteger(times);
        hook = (operation, moment, key) -> {
            if (reads(operation, moment) && key.contains(where) && left.getAndDecrement() > 0) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, "told to fail");
            }
        };
    }

    @Test
    void aLeaseHoldsWhatItWasGiven() throws Exception {
        Lease old = acquire();
        assertThat(snapshots.drop(manifest.id())).isTrue();
        assertThat(snapshots.list()).isEmpty();
        Lease fresh = acquire();
        assertThat(fresh.memory()).isNotEqualTo(old.memory());
        assertThat(opened(old)).as("a clone that is just being started").isEqualTo("done");
        assertThat(read(old)).isEqualTo(right());
        assertThat(reader.ask("close " + old.memory())).isEqualTo("done");

        old.close();
        assertThat(snapshots.list())
                .singleElement()
                .satisfies(open -> assertThat(open.leases()).isEqualTo(1));
        await("the end of what was dropped")
                .atMost(LONG)
                .until(() -> opened(old).startsWith("error"));
        await("the end of its state")
                .atMost(LONG)
                .until(() -> reader.ask("open " + old.state()).startsWith("error"));
        assertThat(opened(fresh)).isEqualTo("done");
        assertThat(read(fresh)).isEqualTo(right());
        fresh.close();
        assertThat(snapshots.list())
                .singleElement()
                .satisfies(open -> assertThat(open.leases()).isZero());
    }

    @Test
    void whatTwoThawsMissIsHotThoughTheyEndAtOnce() throws Exception {
        assertThat(missedBlocks()).isEqualTo(1);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Lease again = acquire();
        assertThat(opened(again)).isEqualTo("done");
        assertThat(readOne(again)).doesNotStartWith("error");
        hook = (operation, moment, key) -> {
            asked.countDown();
            pass(goOn);
        };
        again.answered(_ -> {});
        asked.await();
        assertThat(reader.ask("close " + again.memory())).isEqualTo("done");
        again.close();
        snapshots.drop(manifest.id());
        hook = (operation, moment, key) -> {};
        goOn.countDown();
        await("a companion with what was missed").atMost(LONG).until(() -> hotBlocks() == 2);
        assertThat(missedBlocks()).isZero();
    }

    /** A block that is not zero, alone, so that nothing is fetched ahead. */
    private String readOne(Lease lease) throws IOException {
        byte[] memory = Files.readAllBytes(draft.memory().file());
        int at = 0;
        while (memory[at] == 0) {
            at++;
        }
        return reader.ask("read " + lease.memory() + " " + (at & -Blocks.BYTES) + " " + Blocks.BYTES);
    }

    /** Of one thaw that reads one block of the memory, and that ends with its answer. */
    private long missedBlocks() throws Exception {
        CompletableFuture<ThawReads> reads = new CompletableFuture<>();
        try (Lease lease = acquire()) {
            assertThat(opened(lease)).isEqualTo("done");
            assertThat(readOne(lease)).doesNotStartWith("error");
            lease.answered(reads::complete);
            assertThat(reader.ask("close " + lease.memory())).isEqualTo("done");
        }
        snapshots.drop(manifest.id());
        return reads.get(LONG.toSeconds(), TimeUnit.SECONDS).missedBlocks();
    }

    /** The files stay until it is published, though the instance ends before. */
    @Test
    void whatFollowsTheAnswerIsRecordedUntilTheGuestIsAtRestOrGone() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        CompletableFuture<ThawReads> reads = new CompletableFuture<>();
        Lease whole = whole(() -> closed.set(true));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Recording recording = snapshots.recordings().begin(whole);
            Lease lease = new RecordedLease(whole, recording, threads, LONG);
            assertThat(opened(lease)).isEqualTo("done");
            assertThat(readOne(lease)).doesNotStartWith("error");
            lease.answered(reads::complete);
            assertThat(reader.ask("read " + lease.memory() + " 0 " + 100 * Blocks.BYTES))
                    .doesNotStartWith("error");
            assertThat(closed).isFalse();
            assertThat(reader.ask("close " + lease.memory())).isEqualTo("done");
            lease.close();
        }
        assertThat(reads.join().touched()).hasValue(new ThawReads.Touched(1, 0));
        assertThat(hotBlocks()).as("the first of the memory, and what was hot").isEqualTo(100 + 1);
        assertThat(closed).isTrue();
    }

    /** It lies here as plain files. */
    private Lease whole(Runnable whenClosed) {
        return new Lease() {
            @Override
            public Manifest manifest() {
                return manifest;
            }

            @Override
            public Path memory() {
                return draft.memory().file();
            }

            @Override
            public Path state() {
                return draft.state().file();
            }

            @Override
            public Path rootfs() {
                return draft.rootfs().file();
            }

            @Override
            public long bytesFromOrigin() {
                return 0;
            }

            @Override
            public void close() {
                whenClosed.run();
            }
        };
    }

    private int hotBlocks() throws StoreException {
        try (SnapshotImages images = store.images(manifest, NEVER).orElseThrow()) {
            return WorkingSets.blocks(images.readHotMap(NEVER)).size();
        }
    }

    private static void pass(CountDownLatch goOn) throws StoreException {
        try {
            goOn.await();
        } catch (InterruptedException e) {
            throw new StoreException(StoreException.Code.CANCELLED, "interrupted", e);
        }
    }

    @Test
    void blockMapsAreAskedForAgain() throws Exception {
        fail("/maps/", 4);
        try (Lease lease = acquire()) {
            assertThat(opened(lease)).isEqualTo("done");
            assertThat(read(lease)).isEqualTo(right());
        }
        assertThat(snapshots.troubles().repeated(StoreException.Code.UNAVAILABLE))
                .isPositive();
        assertThat(snapshots.troubles().givenUp(StoreException.Code.UNAVAILABLE))
                .isZero();
    }

    @Test
    void whatCouldNotBeHadIsOpenedAnew() throws Exception {
        try (Lease lease = acquire()) {
            assertThat(opened(lease)).isEqualTo("done");
            fail("/packs/", Integer.MAX_VALUE);
            assertThat(read(lease)).startsWith("error");
            assertThat(snapshots.acquireOpen(TestSnapshots.identity("hello"), manifest.fit()))
                    .as("what is broken is given to nobody")
                    .isEmpty();
            hook = (operation, moment, key) -> {};
            try (Lease fresh = acquire()) {
                assertThat(opened(fresh)).isEqualTo("done");
                assertThat(read(fresh)).isEqualTo(right());
            }
            assertThat(read(lease)).as("a clone that lived on").isEqualTo(right());
        }
        assertThat(snapshots.troubles().givenUp(StoreException.Code.UNAVAILABLE))
                .isPositive();
    }

    @Test
    void whatIsWrongIsFetchedAsAWhole() throws Exception {
        try (Lease lease = acquire()) {
            assertThat(opened(lease)).isEqualTo("done");
            damagePacks();
            assertThat(read(lease)).startsWith("error");
        }
        assertThat(snapshots.troubles().givenUp(StoreException.Code.CORRUPT)).isPositive();
        assertThat(snapshots.acquire(manifest, NEVER)).isEmpty();
    }

    private void damagePacks() throws StoreException {
        List<String> packs = new ArrayList<>();
        objects.list("", listed -> packs.add(listed.key()), NEVER);
        packs.removeIf(key -> !key.contains("/packs/"));
        assertThat(packs).isNotEmpty();
        for (String pack : packs) {
            byte[] bytes;
            try (ObjectReader reader = objects.get(pack, ByteRange.all(), NEVER)) {
                bytes = reader.readAll(1 << 28);
            }
            for (int at = 500; at < bytes.length; at += 1000) {
                bytes[at] ^= 1;
            }
            objects.put(pack, Body.of(bytes), Condition.always(), NEVER);
        }
    }

    /** So that a VMM can be started while it is on its way. */
    @Test
    void theStateMayBeReadBeforeItHasCome() throws Exception {
        withoutHead(LONG);
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        hook = holdUp("/hot/", asked, held);
        try (ChildJvm vmm = ChildJvm.reader();
                Lease lease = snapshots.acquire(manifest, NEVER).orElseThrow();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            asked.await();
            assertThat(vmm.ask("open " + lease.state())).isEqualTo("done");
            Future<String> read = threads.submit(() ->
                    vmm.ask("read " + lease.state() + " 0 " + manifest.state().sizeBytes()));
            assertThat(snapshots.acquireOpen(TestSnapshots.identity("hello"), manifest.fit()))
                    .as("what cannot be loaded yet is not local")
                    .isEmpty();
            try (Lease second = snapshots.acquire(manifest, NEVER).orElseThrow()) {
                assertThat(second.state()).isEqualTo(lease.state());
            }
            assertThat(read).isNotDone();
            held.countDown();
            lease.awaitState(NEVER);
            assertThat(read.get()).isEqualTo(crc(draft.state().file()));
        } finally {
            held.countDown();
        }
    }

    @Test
    void whoReadsAStateThatDoesNotComeGetsAnError() throws Exception {
        withoutHead(PATIENCE);
        fail("/hot/", Integer.MAX_VALUE);
        Lease lease = snapshots.acquire(manifest, NEVER).orElseThrow();
        assertThatThrownBy(() -> lease.awaitState(NEVER)).hasMessageContaining("told to fail");
        assertThat(reader.ask("open " + lease.state())).isEqualTo("done");
        assertThat(reader.ask("read " + lease.state() + " 0 " + manifest.state().sizeBytes()))
                .startsWith("error");
        assertThat(reader.ask("close " + lease.state())).isEqualTo("done");
        lease.close();
        await("the end of what could not be opened")
                .atMost(LONG)
                .until(() -> reader.ask("open " + lease.state()).startsWith("error"));
    }

    @Test
    void aFailureIsNotRemembered() throws Exception {
        withoutHead(PATIENCE);
        fail("/hot/", Integer.MAX_VALUE);
        assertThatThrownBy(this::acquire).hasMessageContaining("told to fail");
        hook = (operation, moment, key) -> {};
        try (Lease lease = acquire()) {
            assertThat(opened(lease)).isEqualTo("done");
            assertThat(read(lease)).isEqualTo(right());
        }
    }

    /** A store that has fallen silent must not hold up thaws when it speaks again on other connections. */
    @Test
    void anOpeningThatIsStuckIsGivenUp() throws Exception {
        withoutHead(PATIENCE);
        CountDownLatch silent = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        hook = holdUp("/hot/", asked, silent);
        Cancellation patience = new Cancellation();
        Thread impatient = Thread.ofVirtual().start(() -> {
            try {
                asked.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            patience.cancel("it took too long");
        });
        assertThatThrownBy(() -> acquire(patience)).isInstanceOf(StoreException.class);
        impatient.join();
        clock.advance(PATIENCE.plusMillis(1));
        hook = (operation, moment, key) -> {};
        try (Lease lease = acquire()) {
            assertThat(opened(lease)).isEqualTo("done");
            assertThat(read(lease)).isEqualTo(right());
        }
        silent.countDown();
    }

    @Test
    void cloneReadsOnUnderTheNextDaemon() throws Exception {
        Lease lease = acquire();
        assertThat(opened(lease)).isEqualTo("done");
        snapshots.leave();
        AtomicInteger lists = new AtomicInteger();
        hook = (operation, moment, key) -> {
            if (operation == HookedObjectStore.Operation.LIST && moment == HookedObjectStore.Moment.BEFORE) {
                lists.incrementAndGet();
            }
        };
        snapshots = daemon();
        assertThat(read(lease)).isEqualTo(right());
        int once = lists.get();
        store.list(NEVER);
        assertThat(lists.get())
                .as("the store is asked for its list once for all files")
                .isEqualTo(2 * once);
    }

    @Test
    void cloneEndsUnderANextDaemonWithoutAStore() throws Exception {
        Lease lease = acquire();
        assertThat(opened(lease)).isEqualTo("done");
        snapshots.leave();
        hook = (operation, moment, key) -> {
            throw new StoreException(StoreException.Code.UNAVAILABLE, "told to fail");
        };
        snapshots = daemon();
        BlockingQueue<FailedRead> failed = new LinkedBlockingQueue<>();
        snapshots.onFailedRead(failed::add);
        assertThat(read(lease)).startsWith("error");
        assertThat(failed)
                .isNotEmpty()
                .allSatisfy(read -> assertThat(read.process()).isEqualTo(reader.pid()));
    }

    private List<Path> records() throws IOException {
        List<Path> records = new ArrayList<>();
        for (String mount : List.of("memory", "disk")) {
            try (Stream<Path> nodes =
                    Files.list(directory.resolve("m").resolve(mount).resolve("nodes"))) {
                nodes.forEach(records::add);
            }
        }
        return records;
    }
}
