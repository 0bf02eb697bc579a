package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.StoreException.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
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
    private final SnapshotStore store = new ObjectSnapshotStore(objects, Clock.systemUTC());
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
            assertThat(store.fetch(part, file, NEVER)).isEqualTo(part.storedBytes());
            Path frozen = draft.sources().stream()
                    .filter(source -> source.kind() == part.kind())
                    .findFirst()
                    .orElseThrow()
                    .file();
            assertThat(file).hasSameBinaryContentAs(frozen);
        }
        assertThat(published.logicalBytes()).isEqualTo((4 << 20) + 50_000 + 300_000);
        assertThat(published.storedBytes()).isLessThan(published.logicalBytes());
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
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        SnapshotDraft other = snapshots.freeze("hello", 2);
        Manifest two = store.publish(onOtherHost(other), NEVER);
        assertThat(two.rootfs()).isEqualTo(one.rootfs());
        assertThat(two.memory()).isNotEqualTo(one.memory());
        List<String> parts = new ArrayList<>();
        objects.list("parts/", object -> parts.add(object.key()), NEVER);
        assertThat(parts).hasSize(5);
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
    void namesTheDamagedPartAndHealsWhenItIsPublishedAgain() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        for (PartKind kind : PartKind.values()) {
            Manifest published = store.publish(draft, NEVER);
            Part part = published.parts().stream()
                    .filter(candidate -> candidate.kind() == kind)
                    .findFirst()
                    .orElseThrow();
            damage(PartStore.key(part.digest()));
            Path file = directory.resolve("fetched");
            ObjectStoreContract.assertCode(Code.CORRUPT, () -> store.fetch(part, file, NEVER));
            assertThat(file).doesNotExist();
            ObjectStoreContract.assertCode(Code.NOT_FOUND, () -> store.fetch(part, file, NEVER));
            assertThat(store.publish(draft, NEVER)).isEqualTo(published);
            fetchAll(published);
        }
    }

    @Test
    void replacesASnapshotThatLostAPartByANewOne() throws Exception {
        Manifest lost = store.publish(snapshots.freeze("hello", 1), NEVER);
        objects.delete(PartStore.key(lost.memory().digest()), NEVER);
        Manifest now = store.publish(snapshots.freeze("hello", 2), NEVER);
        assertThat(now).isNotEqualTo(lost);
        assertThat(store.list(NEVER)).containsExactly(now);
    }

    @Test
    void writesADamagedPointerAnew() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        Manifest published = store.publish(draft, NEVER);
        String key = PointerStore.key(draft.identity().id(), draft.fit().id());
        damage(key);
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> store.resolve(draft.identity(), draft.fit(), NEVER));
        assertThat(store.list(NEVER)).isEmpty();
        assertThat(store.publish(draft, NEVER)).isEqualTo(published);
        assertThat(store.resolve(draft.identity(), draft.fit(), NEVER)).hasValue(published);
    }

    @Test
    void refusesAPointerThatWasMoved() throws Exception {
        SnapshotDraft hello = snapshots.freeze("hello", 1);
        store.publish(hello, NEVER);
        SnapshotIdentity other = TestSnapshots.identity("other");
        try (ObjectReader reader =
                objects.get(PointerStore.key(hello.identity().id(), hello.fit().id()), ByteRange.all(), NEVER)) {
            objects.put(
                    PointerStore.key(other.id(), hello.fit().id()),
                    Body.of(reader.readAll(100_000)),
                    Condition.absent(),
                    NEVER);
        }
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> store.resolve(other, hello.fit(), NEVER));
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
        ObjectStoreContract.assertCode(Code.NOT_FOUND, () -> store.fetch(one.memory(), directory.resolve("x"), NEVER));
        fetchAll(two);
        Manifest again = store.publish(snapshots.freeze("hello", 3), NEVER);
        fetchAll(again);
    }

    @Test
    void countsGenerationsOverADeletion() throws Exception {
        PointerStore pointers = new PointerStore(objects);
        Manifest first = store.publish(snapshots.freeze("hello", 1), NEVER);
        String key = PointerStore.key(first.identity(), first.fit().id());
        assertThat(generation(pointers, key)).isEqualTo(1);
        store.delete(first.id(), NEVER);
        assertThat(generation(pointers, key)).isEqualTo(2);
        store.publish(snapshots.freeze("hello", 1), NEVER);
        assertThat(generation(pointers, key)).isEqualTo(3);
    }

    private static long generation(PointerStore pointers, String key) throws StoreException {
        return pointers.read(key, NEVER).pointer().orElseThrow().generation();
    }

    @Test
    void collectsOnlyWhatIsOldAndUnwanted() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        Manifest other = store.publish(snapshots.freeze("other", 2), NEVER);
        store.delete(one.id(), NEVER);
        assertThat(store.collect(Duration.ofHours(3), false, NEVER).parts()).isZero();
        Clock later = Clock.fixed(Instant.now().plus(Duration.ofHours(4)), ZoneOffset.UTC);
        SnapshotStore seenLater = new ObjectSnapshotStore(objects, later);
        Collected expected = new Collected(1, one.rootfs().storedBytes());
        assertThat(seenLater.collect(Duration.ofHours(3), true, NEVER)).isEqualTo(expected);
        assertThat(seenLater.collect(Duration.ofHours(3), false, NEVER)).isEqualTo(expected);
        assertThat(seenLater.collect(Duration.ofHours(3), false, NEVER).parts()).isZero();
        fetchAll(other);
        ObjectStoreContract.assertCode(Code.INVALID, () -> store.collect(Duration.ofMinutes(1), false, NEVER));
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
        });
        store.delete(one.id(), NEVER);
        StoreUsage less = store.usage(NEVER);
        assertThat(less.functions()).extracting(StoreUsage.Share::name).containsExactly("other");
        assertThat(less.unreachableBytes()).isEqualTo(one.rootfs().storedBytes());
        assertThat(less.storedBytes()).isLessThan(usage.storedBytes());
    }

    @Test
    void aSoundStoreHasNoFindings() throws Exception {
        Manifest one = store.publish(snapshots.freeze("hello", 1), NEVER);
        StoreCheck check = store.check(false, NEVER);
        assertThat(check.findings()).isEmpty();
        assertThat(check.snapshots()).isEqualTo(1);
        assertThat(check.readBytes()).isEqualTo(one.storedBytes());
    }

    @Test
    void whatIsDamagedIsFoundAndWithdrawnAndTheRestStays() throws Exception {
        Manifest damaged = store.publish(snapshots.freeze("hello", 1), NEVER);
        Manifest lost = store.publish(snapshots.freeze("lost", 2), NEVER);
        Manifest pointless = store.publish(snapshots.freeze("pointless", 3), NEVER);
        Manifest sound = store.publish(snapshots.freeze("sound", 4), NEVER);
        damage(PartStore.key(damaged.memory().digest()));
        objects.delete(PartStore.key(lost.state().digest()), NEVER);
        damage(PointerStore.key(pointless.identity(), pointless.fit().id()));
        StoreCheck found = store.check(false, NEVER);
        assertThat(found.findings()).hasSize(5).noneMatch(StoreCheck.Finding::repaired);
        assertThat(store.check(true, NEVER).findings()).hasSize(5).allMatch(StoreCheck.Finding::repaired);
        assertThat(store.check(false, NEVER).findings()).isEmpty();
        assertThat(store.list(NEVER)).containsExactly(sound);
        fetchAll(sound);
        // What was withdrawn can be published again.
        Manifest again = store.publish(snapshots.freeze("hello", 1), NEVER);
        fetchAll(again);
        assertThat(store.check(false, NEVER).findings()).isEmpty();
    }

    @Test
    void saysThatADraftsFileIsMissing() throws Exception {
        SnapshotDraft draft = snapshots.freeze("hello", 1);
        Files.delete(draft.memory().file());
        ObjectStoreContract.assertCode(Code.INVALID, () -> store.publish(draft, NEVER));
        assertThat(store.list(NEVER)).isEmpty();
    }

    private void damage(String key) throws Exception {
        try (ObjectReader reader = objects.get(key, ByteRange.all(), NEVER)) {
            byte[] bytes = reader.readAll(64 << 20);
            bytes[bytes.length / 2] ^= 1;
            objects.put(key, Body.of(bytes), Condition.always(), NEVER);
        }
    }

    private void fetchAll(Manifest manifest) throws Exception {
        for (Part part : manifest.parts()) {
            Path file = directory.resolve("all-" + part.digest().brief());
            Files.deleteIfExists(file);
            store.fetch(part, file, NEVER);
        }
    }
}
