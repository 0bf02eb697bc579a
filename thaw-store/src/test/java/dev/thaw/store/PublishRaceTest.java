package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.HookedObjectStore;
import dev.thaw.store.object.HookedObjectStore.Moment;
import dev.thaw.store.object.HookedObjectStore.Operation;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectStoreContract;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Publishers beside each other and beside collectors, stopped at the moments that matter. */
@Timeout(120)
class PublishRaceTest {
    private static final Cancellation NEVER = Cancellation.never();
    private static final Duration GRACE = Duration.ofHours(3);

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final MemoryObjectStore objects = new MemoryObjectStore(clock);
    private final StoredObjects stored = new StoredObjects(objects);
    private SmallFreezes freezes;

    @BeforeEach
    void prepare() {
        freezes = new SmallFreezes(directory);
    }

    private ObjectSnapshotStore open() {
        return new ObjectSnapshotStore(objects, TestSnapshots.keys(), clock);
    }

    private ObjectSnapshotStore open(HookedObjectStore.Hook hook) {
        return new ObjectSnapshotStore(new HookedObjectStore(objects, hook), TestSnapshots.keys(), clock);
    }

    /** Something that happens once, right before an operation on a kind of object. */
    private static HookedObjectStore.Hook once(Operation operation, String kind, Happening happening) {
        AtomicBoolean done = new AtomicBoolean();
        return (what, moment, key) -> {
            boolean now = what == operation
                    && moment == Moment.BEFORE
                    && StoredObjects.kind(key + "//").equals(kind);
            if (now && done.compareAndSet(false, true)) {
                try {
                    happening.happen();
                } catch (IOException e) {
                    throw new StoreException(Code.INVALID, "The other one failed: " + e, e);
                }
            }
        };
    }

    private interface Happening {
        void happen() throws IOException;
    }

    /** Leaves packs that nothing refers to, and that a publication of the same will find. */
    private void leaveOrphans(SnapshotDraft draft) throws IOException {
        ObjectSnapshotStore store = open();
        store.delete(store.publish(draft, NEVER).id(), NEVER);
        clock.advance(Duration.ofHours(2));
    }

    private void assertEndsWell(SnapshotDraft draft) throws IOException {
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofHours(4));
            open().collect(GRACE, false, NEVER);
        }
        ObjectSnapshotStore store = open();
        Manifest manifest = store.resolve(draft.identity(), draft.fit(), NEVER).orElseThrow();
        freezes.assertRight(store, manifest, draft);
        assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
        assertThat(store.usage(NEVER).unreachableBytes()).isZero();
    }

    @Test
    void whatIsCondemnedWhileItIsPublishedIsStoredAgain() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1);
        leaveOrphans(draft);
        List<String> orphans = stored.keys("packs");
        // After it has found the packs, before it writes what refers to them.
        HookedObjectStore.Hook collector = once(Operation.PUT, "maps", () -> open().collect(GRACE, false, NEVER));
        Manifest published = open(collector).publish(draft, NEVER);
        freezes.assertRight(open(), published, draft);
        assertThat(stored.keys("packs")).hasSizeGreaterThan(orphans.size());
        assertEndsWell(draft);
        assertThat(stored.keys("packs")).doesNotContainAnyElementsOf(orphans);
    }

    @Test
    void whatIsCondemnedRightBeforeThePointerIsPardoned() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1);
        leaveOrphans(draft);
        List<String> orphans = stored.keys("packs");
        HookedObjectStore.Hook collector = once(Operation.PUT, "pointers", () -> open().collect(GRACE, false, NEVER));
        open(collector).publish(draft, NEVER);
        assertEndsWell(draft);
        assertThat(stored.keys("packs")).containsAll(orphans);
    }

    /** The index of blocks is shared: another publisher's look at it takes away what this one has found. */
    @Test
    void whatAnotherPublisherOfTheProcessForgetsIsStoredAgain() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1);
        leaveOrphans(draft);
        ObjectSnapshotStore[] store = new ObjectSnapshotStore[1];
        SnapshotDraft other = freezes.freeze("hello", 2);
        store[0] = open(once(Operation.PUT, "packs", () -> {
            open().collect(GRACE, false, NEVER);
            store[0].publish(other, NEVER);
        }));
        // A few new blocks, so that a pack is written after the rest has been found.
        SnapshotDraft similar = freezes.freeze("hello", 3);
        freezes.assertRight(open(), store[0].publish(similar, NEVER), similar);
        assertEndsWell(similar);
        assertEndsWell(other);
    }

    @Test
    void anEpochThatBeginsMeanwhileIsNoHarm() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1);
        leaveOrphans(draft);
        ObjectSnapshotStore[] store = new ObjectSnapshotStore[1];
        store[0] = open(once(Operation.PUT, "maps", () -> {
            store[0].newEpoch("default", NEVER);
            store[0].publish(freezes.freeze("hello", 2), NEVER);
        }));
        freezes.assertRight(open(), store[0].publish(draft, NEVER), draft);
        assertEndsWell(draft);
    }

    @Test
    void aPublisherThatTookTooLongGivesUp() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1);
        AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // a clock that runs over meanwhile
        Domains domains = new Domains(objects, TestSnapshots.keys(), clock);
        HookedObjectStore slow = new HookedObjectStore(
                objects,
                once(
                        Operation.PUT,
                        "manifests",
                        () -> nanos.addAndGet(
                                SnapshotPublisher.MAX_DURATION.plusSeconds(1).toNanos())));
        try (PublishThreads threads = new PublishThreads()) {
            SnapshotPublisher publisher = new SnapshotPublisher(
                    slow,
                    domains,
                    new PointerStore(slow, domains, System::nanoTime),
                    new Images(slow, domains),
                    threads,
                    nanos::get);
            ObjectStoreContract.assertCode(Code.UNAVAILABLE, () -> publisher.publish(draft, NEVER));
            assertThat(open().list(NEVER)).isEmpty();
            // The next attempt finds the blocks, and is in time.
            publisher.publish(draft, NEVER);
        }
        assertEndsWell(draft);
    }

    @Test
    void ofTwoPublishersOfOneRevisionTheFirstPointerCounts() throws Exception {
        SnapshotDraft mine = freezes.freeze("hello", 1);
        AtomicInteger others = new AtomicInteger();
        ObjectSnapshotStore slow = open(once(Operation.PUT, "pointers", () -> {
            open().publish(mine, NEVER);
            others.incrementAndGet();
        }));
        Manifest result = slow.publish(mine, NEVER);
        assertThat(others).hasValue(1);
        assertThat(open().list(NEVER)).containsExactly(result);
        assertEndsWell(mine);
    }

    /** A hot companion that is written between their look at the pointer and their word is no reason to do nothing. */
    @Test
    void pinsAndDeletionsOutlastAHotCompanion() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1);
        Manifest manifest = open().publish(draft, NEVER);
        Happening refinement = () -> {
            try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
                assertThat(open().publishHot(manifest, List.of(), blocks, NEVER))
                        .isTrue();
            }
        };
        assertThat(open(once(Operation.PUT, "pointers", refinement)).pin(manifest.id(), true, NEVER))
                .isTrue();
        Retention none = new Retention(Optional.of(Duration.ZERO), OptionalInt.empty());
        assertThat(open().retain(none, true, NEVER)).as("it is pinned").isEmpty();
        ObjectSnapshotStore reader = open();
        assertThat(reader.list(NEVER)).containsExactly(manifest);
        assertThat(reader.images(manifest, NEVER)).as("it has its companion").isPresent();
        open(once(Operation.PUT, "pointers", refinement)).delete(manifest.id(), NEVER);
        assertThat(open().list(NEVER)).isEmpty();
        assertThat(open().pin(manifest.id(), true, NEVER)).isFalse();
    }

    @Test
    void twoCollectorsDoNotUndoEachOther() throws Exception {
        leaveOrphans(freezes.freeze("hello", 1));
        List<String> orphans = stored.keys("packs");
        open().collect(GRACE, false, NEVER);
        clock.advance(Duration.ofHours(4));
        SnapshotDraft living = freezes.freeze("other", 1);
        open().publish(living, NEVER);
        List<String> packs = new ArrayList<>(stored.keys("packs"));
        packs.removeAll(orphans);
        String pack = packs.getFirst();
        Domains domains = new Domains(objects, TestSnapshots.keys(), clock);
        Domain domain = domains.findOrCreate("default", NEVER);
        // While the first deletes, somebody notes a damage.
        ObjectSnapshotStore first = open(once(
                Operation.DELETE,
                "packs",
                () -> Condemned.damaged(objects, domains, domain, pack, clock.instant(), NEVER)));
        assertThat(first.collect(GRACE, false, NEVER).deleted()).isPositive();
        assertThat(Condemned.read(objects, domains, domain, NEVER).isDamaged(pack))
                .isTrue();
        // And one that comes between the other's look and its word is told to come later.
        leaveOrphans(freezes.freeze("third", 1));
        open().collect(GRACE, false, NEVER);
        clock.advance(Duration.ofHours(4));
        ObjectSnapshotStore late = open(once(Operation.PUT, "condemned", () -> open().collect(GRACE, false, NEVER)));
        ObjectStoreContract.assertCode(Code.UNAVAILABLE, () -> late.collect(GRACE, false, NEVER));
        assertEndsWell(living);
    }

    /** All at once: publishers of the same and of others, deletions, and a collector whose clock jumps. */
    @RepeatedTest(3)
    void manyAtOnce() throws Exception {
        long seed = Long.getLong("thaw.seed", new Random().nextInt(1_000_000));
        System.out.println("thaw.seed=" + seed);
        List<SnapshotDraft> drafts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            drafts.add(freezes.freeze(List.of("one", "two").get(i % 2), i / 2));
        }
        ObjectSnapshotStore shared = open();
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            SnapshotDraft draft = drafts.get(i % drafts.size());
            ObjectSnapshotStore store = i % 3 == 0 ? open() : shared;
            tasks.add(() -> {
                freezes.assertRight(store, store.publish(draft, NEVER), draft);
                return true;
            });
        }
        for (int i = 0; i < 3; i++) {
            Random random = new Random(seed + i);
            tasks.add(() -> {
                for (int round = 0; round < 5; round++) {
                    // Never further than publications take: that is what clocks must keep to.
                    clock.advance(Duration.ofMinutes(random.nextInt(20)));
                    collectUnlessAnotherDoes();
                }
                return true;
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            for (Future<Boolean> future : threads.invokeAll(tasks)) {
                assertThat(future.get()).isTrue();
            }
        }
        assertThat(new HashSet<>(open().list(NEVER))).hasSize(drafts.size());
        for (SnapshotDraft draft : drafts) {
            assertEndsWell(draft);
        }
    }

    private void collectUnlessAnotherDoes() throws StoreException {
        try {
            open().collect(GRACE, false, NEVER);
        } catch (StoreException e) {
            assertThat(e.code()).isEqualTo(Code.UNAVAILABLE);
        }
    }
}
