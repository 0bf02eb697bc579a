package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.ObjectStoreContract;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectSnapshotStoreTest {
    private static final Cancellation NEVER = Cancellation.never();

    @TempDir
    Path directory;

    private final ObjectStore objects = new MemoryObjectStore(Clock.systemUTC());
    private final SnapshotStore store = new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC());
    private TestSnapshots snapshots;

    @BeforeEach
    void prepare() {
        snapshots = new TestSnapshots(directory);
    }

    @Test
    void publishesAndFetches() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        Manifest published = store.publish(draft, NEVER);
        assertThat(store.resolve(draft.identity(), draft.fit(), NEVER)).hasValue(published);
        assertThat(store.list(NEVER)).containsExactly(published);
        for (Part part : published.parts()) {
            Path file = directory.resolve("fetched-" + part.kind());
            assertThat(store.fetch(part, file, NEVER)).isPositive();
            Path frozen = draft.sources().stream()
                    .filter(source -> source.kind() == part.kind())
                    .findFirst()
                    .orElseThrow()
                    .file();
            assertThat(file).hasSameBinaryContentAs(frozen);
        }
        assertThat(published.logicalBytes()).isEqualTo((4 << 20) + 50_000 + 300_000);
        assertThat(published.denseBytes()).isLessThan(published.logicalBytes());
    }

    @Test
    void findsNothingBeforeItIsPublished() throws Exception {
        assertThat(store.resolve(TestSnapshots.identity("x"), TestSnapshots.fit("cpu"), NEVER))
                .isEmpty();
        assertThat(store.resolveAny(TestSnapshots.identity("x"), NEVER)).isEmpty();
        assertThat(store.list(NEVER)).isEmpty();
    }

    @Test
    void explainsAMisfit() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        store.publish(draft, NEVER);
        HostFit here = TestSnapshots.fit("another cpu");
        assertThat(store.resolve(draft.identity(), here, NEVER)).isEmpty();
        assertThat(store.resolveAny(draft.identity(), NEVER))
                .singleElement()
                .satisfies(found -> assertThat(found.fit().misfit(here))
                        .hasValue("frozen with processor cpu, here it is another cpu"));
    }

    @Test
    void keepsTheFirstOfTwo() throws Exception {
        Manifest first = store.publish(snapshots.freeze("hello", 1), NEVER);
        assertThat(store.publish(snapshots.freeze("hello", 1), NEVER)).isEqualTo(first);
        assertThat(store.publish(snapshots.freeze("hello", 2), NEVER)).isEqualTo(first);
        assertThat(store.list(NEVER)).containsExactly(first);
    }

    @Test
    void storesASharedRootFileSystemOnce() throws Exception {
        store.publish(snapshots.freeze("hello", 1), NEVER);
        StoreUsage before = store.usage(NEVER);
        Manifest two = store.publish(onOtherHost(snapshots.freeze("hello", 2)), NEVER);
        StoreUsage after = store.usage(NEVER);
        assertThat(after.total().repeatedBytes()).isEqualTo(74 * 4096);
        assertThat(after.storedBytes() - before.storedBytes())
                .isLessThan(two.memory().denseBytes() + two.state().denseBytes() + 100_000);
    }

    @Test
    void aRootFileSystemThatIsStoredKeepsItsBlockMap() throws Exception {
        store.publish(snapshots.freeze("hello", 1), NEVER);
        int before = keys("maps").size();
        Manifest two = store.publish(onOtherHost(snapshots.freeze("hello", 2)), NEVER);
        assertThat(keys("maps")).hasSize(before + 2);
        fetchAll(two);
        store.delete(two.id(), NEVER);
        assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
    }

    @Test
    void aBlockMapThatIsDamagedOrLostOrOfAnotherEpochIsNotSharedAnyMore() throws Exception {
        try (ObjectSnapshotStore other = new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC())) {
            SnapshotDraft draft = snapshots.freeze("hello", 1);
            other.publish(draft, NEVER);
            List<String> packs = keys("packs");
            List<String> maps = keys("maps");
            other.newEpoch("default", NEVER);
            Manifest two = other.publish(onOtherHost(snapshots.freeze("hello", 2)), NEVER);
            assertThat(keys("maps")).hasSize(maps.size() + 3);
            // Nothing of what the first epoch stored is needed by it.
            for (String key : packs) {
                objects.delete(key, NEVER);
            }
            for (String key : maps) {
                objects.delete(key, NEVER);
            }
            fetchAll(other, two);
            List<String> later = keys("maps");
            for (String key : later) {
                damage(key);
            }
            Manifest three = other.publish(draft, NEVER);
            assertThat(keys("maps")).hasSize(later.size() + 3);
            fetchAll(other, three);
        }
    }

    @Test
    void aBlockMapWhosePackIsCondemnedIsNotShared() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        store.delete(one.id(), NEVER);
        assertThat(seenAfter(Duration.ofHours(4))
                        .collect(Duration.ofHours(3), false, NEVER)
                        .condemned())
                .isPositive();
        int before = keys("maps").size();
        Manifest two = store.publish(onOtherHost(snapshots.freeze("hello", 2)), NEVER);
        assertThat(keys("maps")).hasSize(before + 3);
        assertThat(seenAfter(Duration.ofHours(8))
                        .collect(Duration.ofHours(3), false, NEVER)
                        .deleted())
                .isPositive();
        fetchAll(two);
    }

    private static SnapshotDraft onOtherHost(SnapshotDraft draft) {
        return new SnapshotDraft(
                draft.identity(),
                TestSnapshots.fit("other cpu"),
                draft.revision(),
                draft.frozenAt(),
                draft.memory(),
                draft.state(),
                draft.rootfs());
    }

    @Test
    void letsOneOfManyPublishersWinAndAllEndWell() throws Exception {
        List<SnapshotDraft> drafts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            drafts.add(snapshots.freeze("hello", i));
        }
        List<Manifest> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Manifest>> tasks = new ArrayList<>();
            drafts.forEach(draft -> tasks.add(() -> store.publish(draft, NEVER)));
            for (Future<Manifest> future : threads.invokeAll(tasks)) {
                results.add(future.get());
            }
        }
        assertThat(results).containsOnly(store.list(NEVER).getFirst());
        fetchAll(results.getFirst());
    }

    @Test
    void namesTheDamagedFrameAndHealsWhenItIsPublishedAgain() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        Manifest published = store.publish(draft, NEVER);
        for (String pack : keys("packs")) {
            damage(pack);
        }
        Path file = directory.resolve("fetched");
        for (Part part : published.parts()) {
            try {
                store.fetch(part, file, NEVER);
                Files.delete(file);
            } catch (StoreException e) {
                assertThat(e.code()).isEqualTo(Code.CORRUPT);
                assertThat(file).doesNotExist();
            }
        }
        assertThat(store.readStats().damagedInStore()).isPositive();
        assertThat(store.publish(draft, NEVER)).isEqualTo(published);
        fetchAll(published);
    }

    @Test
    void replacesASnapshotThatLostAPackByANewOne() throws Exception {
        Manifest lost = store.publish(snapshots.freeze("hello", 1), NEVER);
        objects.delete(keys("packs").getFirst(), NEVER);
        Manifest now = store.publish(snapshots.freeze("hello", 2), NEVER);
        assertThat(now).isNotEqualTo(lost);
        assertThat(store.list(NEVER)).containsExactly(now);
        fetchAll(now);
    }

    @Test
    void replacesASnapshotThatLostABlockMapByANewOne() throws Exception {
        store.publish(snapshots.freeze("hello", 1), NEVER);
        objects.delete(keys("maps").getFirst(), NEVER);
        Manifest now = store.publish(snapshots.freeze("hello", 2), NEVER);
        assertThat(store.list(NEVER)).containsExactly(now);
        fetchAll(now);
    }

    @Test
    void writesADamagedPointerAnew() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        Manifest published = store.publish(draft, NEVER);
        damage(keys("pointers").getFirst());
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> store.resolve(draft.identity(), draft.fit(), NEVER));
        assertThat(store.list(NEVER)).isEmpty();
        assertThat(store.publish(draft, NEVER)).isEqualTo(published);
        assertThat(store.resolve(draft.identity(), draft.fit(), NEVER)).hasValue(published);
    }

    @Test
    void refusesAPointerThatWasMoved() throws Exception {
        SnapshotDraft hello = snapshots.freeze("hello", 1);
        SnapshotDraft other = snapshots.freeze("other", 2);
        store.publish(hello, NEVER);
        String key = keys("pointers").getFirst();
        store.publish(other, NEVER);
        List<String> both = keys("pointers");
        both.remove(key);
        copy(key, both.getFirst());
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> store.resolve(other.identity(), other.fit(), NEVER));
    }

    @Test
    void knowsAPointerThatWasTurnedBack() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        Manifest first = store.publish(draft, NEVER);
        String key = keys("pointers").getFirst();
        byte[] old = bytes(key);
        store.delete(first.id(), NEVER);
        store.publish(snapshots.freeze("hello", 2), NEVER);
        objects.put(key, Body.of(old), Condition.always(), NEVER);
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> store.resolve(draft.identity(), draft.fit(), NEVER));
    }

    @Test
    void deletesWhatNoOtherHas() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        Manifest two = store.publish(onOtherHost(snapshots.freeze("hello", 2)), NEVER);
        store.delete(one.id(), NEVER);
        store.delete(one.id(), NEVER);
        assertThat(store.list(NEVER)).containsExactly(two);
        assertThat(store.resolve(TestSnapshots.identity("hello"), one.fit(), NEVER))
                .isEmpty();
        fetchAll(two);
        Manifest again = store.publish(snapshots.freeze("hello", 3), NEVER);
        fetchAll(again);
    }

    @Test
    void condemnsThenDeletesWhatIsOldAndUnwanted() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        Manifest other = store.publish(snapshots.freeze("other", 2), NEVER);
        store.delete(one.id(), NEVER);
        assertThat(store.collect(Duration.ofHours(3), false, NEVER)).isEqualTo(Collected.nothing());
        SnapshotStore fourHours = seenAfter(Duration.ofHours(4));
        Collected dry = fourHours.collect(Duration.ofHours(3), true, NEVER);
        // A manifest, three maps, and as many packs as publishing lanes had blocks to store.
        assertThat(dry.condemned()).isGreaterThanOrEqualTo(5);
        assertThat(fourHours.collect(Duration.ofHours(3), false, NEVER)).isEqualTo(dry);
        assertThat(fourHours.collect(Duration.ofHours(3), false, NEVER)).isEqualTo(Collected.nothing());
        long before = store.usage(NEVER).storedBytes();
        SnapshotStore eightHours = seenAfter(Duration.ofHours(8));
        assertThat(eightHours.collect(Duration.ofHours(3), false, NEVER))
                .isEqualTo(new Collected(0, 0, dry.condemned(), dry.condemnedBytes()));
        StoreUsage after = store.usage(NEVER);
        assertThat(after.unreachableBytes()).isZero();
        assertThat(after.storedBytes()).isBetween(before - dry.condemnedBytes() - 2000, before - dry.condemnedBytes());
        fetchAll(other);
        ObjectStoreContract.assertCode(Code.INVALID, () -> store.collect(Duration.ofMinutes(1), false, NEVER));
    }

    @Test
    void pardonsWhatIsPublishedAgainAfterItWasCondemned() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        store.delete(one.id(), NEVER);
        assertThat(seenAfter(Duration.ofHours(4))
                        .collect(Duration.ofHours(3), false, NEVER)
                        .condemned())
                .isPositive();
        // Nothing condemned is referred to: its blocks are stored again.
        Manifest again = store.publish(snapshots.freeze("hello", 1), NEVER);
        assertThat(seenAfter(Duration.ofHours(8))
                        .collect(Duration.ofHours(3), false, NEVER)
                        .deleted())
                .isPositive();
        fetchAll(again);
        assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
    }

    @Test
    void keepsByAgeCountAndPin() throws Exception {
        Manifest old = store.publish(snapshots.freeze("hello", 1), NEVER);
        Manifest pinned = store.publish(snapshots.freeze("other", 2), NEVER);
        assertThat(store.pin(pinned.id(), true, NEVER)).isTrue();
        assertThat(store.pin(Digest.of(new byte[] {7}), true, NEVER)).isFalse();
        Retention none = new Retention(Optional.of(Duration.ZERO), OptionalInt.empty());
        SnapshotStore later = new ObjectSnapshotStore(
                objects, TestSnapshots.keys(), Clock.fixed(old.frozenAt().plusSeconds(60), ZoneOffset.UTC));
        assertThat(later.retain(Retention.everything(), false, NEVER)).isEmpty();
        assertThat(later.retain(none, true, NEVER)).containsExactly(old);
        assertThat(later.retain(none, false, NEVER)).containsExactly(old);
        assertThat(store.list(NEVER)).containsExactly(pinned);
        assertThat(store.pin(pinned.id(), false, NEVER)).isTrue();
        assertThat(later.retain(none, false, NEVER)).containsExactly(pinned);
    }

    private SnapshotStore seenAfter(Duration time) {
        Clock later = Clock.fixed(Instant.now().plus(time), ZoneOffset.UTC);
        return new ObjectSnapshotStore(objects, TestSnapshots.keys(), later);
    }

    @Test
    void addsUpWhatTheBytesAreFor() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        Manifest other = store.publish(snapshots.freeze("other", 2), NEVER);
        StoreUsage usage = store.usage(NEVER);
        assertThat(usage.unreachableBytes()).isZero();
        assertThat(usage.functions()).extracting(StoreUsage.Share::name).containsExactly("hello", "other");
        assertThat(usage.functions().getFirst().logicalBytes()).isEqualTo(one.logicalBytes());
        assertThat(usage.domains()).singleElement().satisfies(domain -> {
            assertThat(domain.snapshots()).isEqualTo(2);
            assertThat(domain.storedBytes()).isEqualTo(domain.uniqueBytes());
            assertThat(domain.logicalBytes()).isEqualTo(one.logicalBytes() + other.logicalBytes());
            // Three quarters of the memories are zero, and nothing is there twice.
            assertThat(domain.zeroBytes()).isBetween((6L << 20) - 20_000, 6L << 20);
            assertThat(domain.repeatedBytes()).isZero();
        });
        store.delete(one.id(), NEVER);
        StoreUsage less = store.usage(NEVER);
        assertThat(less.functions()).extracting(StoreUsage.Share::name).containsExactly("other");
        assertThat(less.unreachableBytes()).isPositive();
    }

    @Test
    void aSoundStoreHasNoFindings() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        StoreCheck check = store.check(false, List.of(), NEVER);
        assertThat(check.findings()).isEmpty();
        assertThat(check.snapshots()).isEqualTo(1);
        assertThat(check.readBytes()).isGreaterThan(one.denseBytes());
    }

    @Test
    void whatIsDamagedIsFoundAndWithdrawnAndTheRestStays() throws Exception {
        store.publish(snapshots.freeze("hello", 1), NEVER);
        String damaged = keys("packs").getFirst();
        store.publish(snapshots.freeze("pointless", 3), NEVER);
        List<String> pointers = keys("pointers");
        Manifest sound = store.publish(snapshots.freeze("sound", 4), NEVER);
        damage(damaged);
        damage(pointers.getFirst());
        StoreCheck found = store.check(false, List.of(), NEVER);
        assertThat(found.findings()).isNotEmpty().noneMatch(StoreCheck.Finding::repaired);
        assertThat(store.check(true, List.of(), NEVER).findings()).isNotEmpty();
        assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
        assertThat(store.list(NEVER)).contains(sound);
        fetchAll(sound);
        // What was withdrawn can be published again.
        Manifest again = store.publish(snapshots.freeze("hello", 1), NEVER);
        fetchAll(again);
        assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
    }

    @Test
    void saysThatADraftsFileIsMissing() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        Files.delete(draft.memory().file());
        ObjectStoreContract.assertCode(Code.INVALID, () -> store.publish(draft, NEVER));
        assertThat(store.list(NEVER)).isEmpty();
    }

    private List<String> keys(String kind) throws StoreException {
        List<String> keys = new ArrayList<>();
        objects.list("domains/", object -> keys.add(object.key()), NEVER);
        keys.removeIf(key -> !key.contains("/" + kind + "/"));
        return keys;
    }

    private byte[] bytes(String key) throws StoreException {
        try (ObjectReader reader = objects.get(key, ByteRange.all(), NEVER)) {
            return reader.readAll(64 << 20);
        }
    }

    private void copy(String from, String to) throws StoreException {
        objects.put(to, Body.of(bytes(from)), Condition.always(), NEVER);
    }

    private void damage(String key) throws StoreException {
        byte[] bytes = bytes(key);
        bytes[bytes.length / 3] ^= 1;
        objects.put(key, Body.of(bytes), Condition.always(), NEVER);
    }

    private void fetchAll(Manifest manifest) throws Exception {
        fetchAll(store, manifest);
    }

    private void fetchAll(SnapshotStore from, Manifest manifest) throws Exception {
        for (Part part : manifest.parts()) {
            Path file = directory.resolve("all-" + part.digest().brief());
            Files.deleteIfExists(file);
            from.fetch(part, file, NEVER);
        }
    }
}
