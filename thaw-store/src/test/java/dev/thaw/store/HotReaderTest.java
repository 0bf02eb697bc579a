package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.HookedObjectStore;
import dev.thaw.store.object.HookedObjectStore.HalfRead;
import dev.thaw.store.object.HookedObjectStore.Hook;
import dev.thaw.store.object.HookedObjectStore.Moment;
import dev.thaw.store.object.HookedObjectStore.Operation;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order a companion's frames are given, how early, and what is asked for. */
class HotReaderTest {
    private static final Cancellation NEVER = Cancellation.never();

    private static final int ROOTFS_BLOCKS = 1_100;

    /** All of a root file system and a memory, 5.6 MB when it is compressed: a head, and two ranges behind it. */
    private static final List<HotBlock> ORDER = Stream.concat(
                    blocks(PartKind.ROOTFS, ROOTFS_BLOCKS), blocks(PartKind.MEMORY, 1024))
            .toList();

    @TempDir
    Path directory;

    private volatile Hook hook = (_, _, _) -> {};
    private volatile HalfRead half = (_, _) -> {};
    private final Queue<ByteRange> asked = new ConcurrentLinkedQueue<>();
    private final Queue<HotMap.HotFrame> came = new ConcurrentLinkedQueue<>();
    private final MemoryObjectStore objects = new MemoryObjectStore(Clock.systemUTC());
    private SnapshotDraft draft;
    private Manifest manifest;

    private static Stream<HotBlock> blocks(PartKind kind, int count) {
        return IntStream.range(0, count).mapToObj(block -> new HotBlock(kind.ordinal(), block));
    }

    @BeforeEach
    void publish() throws Exception {
        byte[] rootfs = new byte[ROOTFS_BLOCKS * Blocks.BYTES];
        new Random(1).nextBytes(rootfs);
        Files.write(directory.resolve("hello.erofs"), rootfs);
        draft = new TestSnapshots(directory).freeze("hello", 1);
        try (ObjectSnapshotStore publisher = open()) {
            manifest = publisher.publish(draft, NEVER);
        }
        publishHot(ORDER);
    }

    private ObjectSnapshotStore open() {
        HookedObjectStore hooked =
                new HookedObjectStore(objects, (what, moment, key) -> hook.at(what, moment, key), (key, range) -> {
                    if (key.contains("/hot/")) {
                        asked.add(range);
                    }
                    half.at(key, range);
                });
        return new ObjectSnapshotStore(hooked, TestSnapshots.keys(), Clock.systemUTC());
    }

    private void publishHot(List<HotBlock> order) throws Exception {
        try (ObjectSnapshotStore publisher = open();
                PartBlocks blocks = TestSnapshots.blocks(draft)) {
            assertThat(publisher.publishHot(manifest, order, blocks, NEVER)).isTrue();
        }
    }

    /** As a worker does that knows nothing: the pointer first. */
    private SnapshotImages resolved(ObjectSnapshotStore store) throws StoreException {
        assertThat(store.resolve(draft.identity(), draft.fit(), NEVER)).contains(manifest);
        return store.images(manifest, NEVER).orElseThrow();
    }

    /** To a worker that knows nothing. @param whenGiven told of each frame */
    private void assertAllComes(List<HotBlock> order, Consumer<HotMap.HotFrame> whenGiven) throws Exception {
        try (ObjectSnapshotStore store = open();
                SnapshotImages images = resolved(store)) {
            images.begin((frame, _) -> {
                came.add(frame);
                whenGiven.accept(frame);
            });
            assertAllCame(order, images);
        }
    }

    private void assertAllCame(List<HotBlock> order, SnapshotImages images) throws Exception {
        assertThat(images.state().get(20, TimeUnit.SECONDS))
                .isEqualTo(Files.readAllBytes(draft.state().file()));
        images.hot().get(20, TimeUnit.SECONDS);
        assertThat(came.stream().flatMap(frame -> frame.runs().stream()).flatMap(HotReaderTest::blocks))
                .containsAll(order)
                .doesNotHaveDuplicates();
    }

    private static Stream<HotBlock> blocks(HotMap.Run run) {
        return IntStream.range(run.block(), run.block() + run.count())
                .mapToObj(block -> new HotBlock(run.part(), block));
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
        assertAllComes(ORDER, frame -> {
            if (frame.frame().offset() >= PointerObject.MAX_HEAD_BYTES) {
                given.countDown();
            }
        });
    }

    @Test
    void whatThePointerBroughtIsGivenBeforeTheCompanionAnswers() throws Exception {
        CountDownLatch given = new CountDownLatch(PointerObject.MAX_HEAD_BYTES / (17 * Blocks.BYTES));
        hook = (operation, moment, key) -> {
            if (operation == Operation.GET && moment == Moment.AFTER && key.contains("/hot/")) {
                pass(given);
            }
        };
        assertAllComes(ORDER, _ -> given.countDown());
        assertThat(asked)
                .as("and not asked for again")
                .isNotEmpty()
                .allMatch(range -> range.offset() >= PointerObject.MAX_HEAD_BYTES);
    }

    @Test
    void whatIsHereOfAHeadIsGivenBeforeTheRestOfIt() throws Exception {
        CountDownLatch given = new CountDownLatch(1);
        half = (key, _) -> {
            if (key.contains("/pointers/")) {
                pass(given);
            }
        };
        assertAllComes(ORDER, _ -> given.countDown());
        assertThat(asked).allMatch(range -> range.offset() >= PointerObject.MAX_HEAD_BYTES);
    }

    @Test
    void whatDoesNotComeOfAHeadIsReadFromTheCompanion() throws Exception {
        half = (key, _) -> {
            if (key.contains("/pointers/")) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, "broken off");
            }
        };
        try (ObjectSnapshotStore store = open()) {
            try (SnapshotImages images = resolved(store)) {
                images.begin((frame, _) -> came.add(frame));
                assertAllCame(ORDER, images);
            }
            half = (_, _) -> {};
            came.clear();
            try (SnapshotImages images = store.images(manifest, NEVER).orElseThrow()) {
                images.begin((frame, _) -> came.add(frame));
                assertAllCame(ORDER, images);
            }
        }
        assertThat(asked)
                .as("first from the middle of the head, then, for it is of no use, from the begin")
                .anyMatch(range -> range.offset() > 0 && range.offset() < PointerObject.MAX_HEAD_BYTES)
                .anyMatch(range -> range.offset() == 0);
    }

    @Test
    void aPinLeavesTheHead() throws Exception {
        try (ObjectSnapshotStore pinning = open()) {
            assertThat(pinning.pin(manifest.id(), true, NEVER)).isTrue();
        }
        assertAllComes(ORDER, _ -> {});
        assertThat(asked).allMatch(range -> range.offset() > 0);
    }

    @Test
    void whoLooksAfterAllSnapshotsReadsNoHeads() throws Exception {
        Queue<ByteRange> pointers = new ConcurrentLinkedQueue<>();
        half = (key, range) -> {
            if (key.contains("/pointers/")) {
                pointers.add(range);
            }
        };
        try (ObjectSnapshotStore store = open()) {
            assertThat(store.list(NEVER)).containsExactly(manifest);
            assertThat(store.usage(NEVER).total().snapshots()).isEqualTo(1);
            assertThat(store.check(true, List.of(), NEVER).findings()).isEmpty();
            store.collect(Duration.ofHours(3), false, NEVER);
            assertThat(store.publish(draft, NEVER)).isEqualTo(manifest);
        }
        assertThat(pointers)
                .hasSizeGreaterThanOrEqualTo(5)
                .allMatch(range -> range.length() == PointerObject.MAX_DOCUMENT_BYTES);
    }

    @Test
    void aCompanionThatIsAllInItsPointerIsNotAskedFor() throws Exception {
        List<HotBlock> order = ORDER.subList(0, 20);
        publishHot(order);
        assertAllComes(order, _ -> {});
        assertThat(asked).isEmpty();
    }

    /** As earlier writers left it, and where its head has been forgotten. */
    @Test
    void withoutAHeadTheCompanionHasItAll() throws Exception {
        Heads.remove(objects, draft);
        assertAllComes(ORDER, _ -> {});
        assertThat(asked).anyMatch(range -> range.offset() == 0);
    }

    @Test
    void aDamagedHeadIsNeverUsed() throws Exception {
        String pointer = new StoredObjects(objects).keys("pointers").getFirst();
        byte[] right;
        try (ObjectReader reader = objects.get(pointer, ByteRange.all(), NEVER)) {
            right = reader.readAll(2 * PointerObject.MAX_HEAD_BYTES);
        }
        List<Integer> places = new ArrayList<>();
        for (int back = 1; back <= PointerObject.MAX_HEAD_BYTES; back = back * 3 + 1) {
            places.add(right.length - back);
        }
        for (int place : places) {
            byte[] wrong = right.clone();
            wrong[place] ^= 1;
            objects.put(pointer, Body.of(wrong), Condition.always(), NEVER);
            try (ObjectSnapshotStore store = open();
                    SnapshotImages images = resolved(store)) {
                images.begin((_, _) -> {});
                assertThatThrownBy(() -> images.hot().get(20, TimeUnit.SECONDS))
                        .as("byte %d of %d", place, right.length)
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.code()).isEqualTo(StoreException.Code.CORRUPT));
            }
        }
        assertThat(places).hasSizeGreaterThan(8);
    }
}
