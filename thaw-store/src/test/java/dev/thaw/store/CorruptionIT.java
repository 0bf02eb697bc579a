package dev.thaw.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every region of every kind of object flipped, cut, extended, swapped, lost and turned back. */
class CorruptionIT {
    private static final Cancellation NEVER = Cancellation.never();
    private static final Duration GRACE = Duration.ofHours(3);
    private static final Set<Code> TELLING = EnumSet.of(Code.CORRUPT, Code.NOT_FOUND, Code.UNSUPPORTED, Code.DENIED);

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final ObjectStore objects = new MemoryObjectStore(clock);
    private final StoredObjects stored = new StoredObjects(objects);
    private final List<SnapshotDraft> drafts = new ArrayList<>();
    private SmallFreezes freezes;
    private Map<String, byte[]> sound = Map.of();
    private Map<String, byte[]> older = Map.of();
    private Set<String> living = Set.of();
    private MemoryFrameCache copies;

    @BeforeEach
    void fill() throws Exception {
        freezes = new SmallFreezes(directory);
        ObjectSnapshotStore store = open();
        store.publishBase("base", freezes.rootfs("one"), NEVER);
        for (String domain : List.of("a", "b")) {
            drafts.add(freezes.freeze("one", 1, domain));
            drafts.add(freezes.freeze("two", 2, domain));
        }
        store.publishBase("other", freezes.rootfs("other"), NEVER);
        for (SnapshotDraft draft : drafts) {
            store.publish(draft, NEVER);
        }
        SnapshotDraft gone = freezes.freeze("gone", 3, "a");
        store.delete(store.publish(gone, NEVER).id(), NEVER);
        SnapshotDraft goneToo = freezes.freeze("gone", 4, "b");
        store.delete(store.publish(goneToo, NEVER).id(), NEVER);
        clock.advance(Duration.ofHours(2));
        store.collect(GRACE, false, NEVER);
        older = stored.all();
        copies = new MemoryFrameCache(DataSize.ofMebibytes(64), DataSize.ofMebibytes(64));
        keepCopies();
        store.newEpoch("a", NEVER);
        store.publishBase("base", freezes.rootfs("one"), NEVER);
        for (Manifest manifest : store.list(NEVER)) {
            store.pin(manifest.id(), true, NEVER);
        }
        SnapshotDraft newest = freezes.freeze("new", 5, "a");
        drafts.add(newest);
        store.publish(newest, NEVER);
        SnapshotDraft goneLast = freezes.freeze("last", 6, "a");
        store.delete(store.publish(goneLast, NEVER).id(), NEVER);
        clock.advance(Duration.ofHours(2));
        store.collect(GRACE, false, NEVER);
        keepCopies();
        sound = stored.all();
        living = living();
        assertThat(open().check(false, List.of(), NEVER).findings()).isEmpty();
    }

    private void keepCopies() throws Exception {
        SnapshotStore cached = open().through(copies);
        for (Manifest manifest : cached.list(NEVER)) {
            freezes.assertRight(cached, manifest, freezes.freezeOf(manifest));
        }
    }

    private Set<String> living() throws StoreException {
        Domains domains = new Domains(objects, TestSnapshots.keys(), clock);
        PointerStore pointers = new PointerStore(objects, domains, System::nanoTime);
        Images images = new Images(objects, domains);
        try (PublishThreads threads = new PublishThreads()) {
            SnapshotPublisher none =
                    new SnapshotPublisher(objects, domains, pointers, images, threads, System::nanoTime);
            return new References(pointers, images, new PublicBases(objects, domains, none))
                    .of(domains.all(NEVER), NEVER);
        }
    }

    private ObjectSnapshotStore open() {
        return new ObjectSnapshotStore(objects, TestSnapshots.keys(), clock);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pointers", "manifests", "maps", "packs", "condemned", "bases"})
    void damageIsFoundNeverReadAndHealed(String kind) throws Exception {
        List<String> keys = stored.keys(kind);
        assertThat(keys).hasSizeGreaterThan(1);
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i);
            byte[] right = bytes(key);
            Map<String, byte[]> wrong = i == 0 ? everyRegion(right) : someRegions(right, i);
            // Of the same domain, and of another.
            for (String other :
                    Set.copyOf(Arrays.asList(keys.get((i + 1) % keys.size()), keys.get(keys.size() - 1 - i)))) {
                wrong.put("swapped with " + other, bytes(other));
            }
            for (Map.Entry<String, byte[]> each : wrong.entrySet()) {
                if (!Arrays.equals(right, each.getValue())) {
                    damageAndHeal(key, each.getKey(), each.getValue());
                }
            }
        }
    }

    /** As it is in the sound store. */
    private byte[] bytes(String key) {
        return requireNonNull(sound.get(key), key);
    }

    private static Map<String, byte[]> everyRegion(byte[] right) {
        Map<String, byte[]> wrong = new TreeMap<>();
        int[] places = {0, 8, 12, 16, 20, 24, 30, right.length / 4, right.length / 2, 3 * right.length / 4};
        for (int place : places) {
            wrong.put("flipped at " + place, flipped(right, place));
        }
        for (int fromEnd : new int[] {1, 5, 10, 14, 20, 24, 40, 60}) {
            wrong.put("flipped " + fromEnd + " before its end", flipped(right, right.length - fromEnd));
        }
        for (int length : new int[] {0, 1, 15, 30, right.length / 2, right.length - 25, right.length - 1}) {
            wrong.put("cut to " + length, Arrays.copyOf(right, length));
        }
        wrong.put("extended by one", Arrays.copyOf(right, right.length + 1));
        wrong.put("extended by many", Arrays.copyOf(right, right.length + 100_000));
        return wrong;
    }

    private static Map<String, byte[]> someRegions(byte[] right, int seed) {
        Map<String, byte[]> wrong = new TreeMap<>();
        int place = Math.floorMod(seed * 7919, right.length);
        wrong.put("flipped at " + place, flipped(right, place));
        wrong.put("cut to " + place, Arrays.copyOf(right, place));
        return wrong;
    }

    private static byte[] flipped(byte[] right, int place) {
        byte[] wrong = right.clone();
        wrong[Math.floorMod(place, wrong.length)] ^= (byte) (1 << Math.floorMod(place, 8));
        return wrong;
    }

    private void damageAndHeal(String key, String how, byte[] wrong) throws Exception {
        stored.restore(sound);
        stored.put(key, wrong);
        String what = key + " " + how;
        assertNothingWrongIsRead(open(), what);
        // Found, unless it is padding between frames and index, or an object that nothing refers to.
        List<StoreCheck.Finding> findings =
                open().check(false, List.of(), NEVER).findings();
        if (findings.isEmpty()) {
            boolean silent = Set.of("maps", "manifests").contains(StoredObjects.kind(key)) && !living.contains(key);
            assertThat(silent || StoredObjects.kind(key).equals("packs"))
                    .as(what)
                    .isTrue();
            assertAllIsRight(open(), what);
        }
        open().check(true, List.of(copies), NEVER);
        assertThat(open().check(false, List.of(), NEVER).findings()).as(what).isEmpty();
        assertAllListedIsRight(open(), what);
        if (StoredObjects.kind(key).matches("packs|manifests|condemned|bases")) {
            assertAllIsRight(open(), what + ", repaired");
        }
        heal(what);
    }

    /** Publishing everything again makes everything right, and collecting leaves it so. */
    private void heal(String what) throws Exception {
        ObjectSnapshotStore store = open();
        for (SnapshotDraft draft : drafts) {
            freezes.assertRight(store, store.publish(draft, NEVER), draft);
        }
        store.publishBase("base", freezes.rootfs("one"), NEVER);
        assertAllIsRight(open(), what + ", published again");
        assertThat(open().check(false, List.of(), NEVER).findings()).as(what).isEmpty();
    }

    private void assertNothingWrongIsRead(SnapshotStore store, String what) throws Exception {
        List<Manifest> listed;
        try {
            listed = store.list(NEVER);
        } catch (StoreException e) {
            assertThat(TELLING).as(what).contains(e.code());
            return;
        }
        for (Manifest manifest : listed) {
            try {
                freezes.assertRight(store, manifest, freezes.freezeOf(manifest));
            } catch (StoreException e) {
                assertThat(TELLING).as(what + ": " + e).contains(e.code());
            }
        }
    }

    private void assertAllListedIsRight(SnapshotStore store, String what) throws IOException {
        for (Manifest manifest : store.list(NEVER)) {
            try {
                freezes.assertRight(store, manifest, freezes.freezeOf(manifest));
            } catch (StoreException e) {
                throw new AssertionError(what, e);
            }
        }
    }

    private void assertAllIsRight(SnapshotStore store, String what) throws IOException {
        assertThat(store.list(NEVER)).as(what).hasSameSizeAs(drafts);
        assertAllListedIsRight(store, what);
    }

    @Test
    void damagedKeysGiveNothingAway() throws Exception {
        for (String key : stored.keys("keys")) {
            byte[] right = stored.bytes(key);
            Map<String, byte[]> wrong = everyRegion(right);
            for (int place = 0; place < right.length; place += 7) {
                wrong.put("flipped at " + place, flipped(right, place));
            }
            for (String other : stored.keys("keys")) {
                wrong.put("swapped with " + other, stored.bytes(other));
            }
            for (Map.Entry<String, byte[]> each : wrong.entrySet()) {
                stored.restore(sound);
                stored.put(key, each.getValue());
                assertNothingWrongIsRead(open(), key + " " + each.getKey());
                List<StoreCheck.Finding> found =
                        open().check(false, List.of(), NEVER).findings();
                if (found.isEmpty()) {
                    assertAllIsRight(open(), key + " " + each.getKey()); // a time or so, that nothing depends on
                }
            }
        }
        stored.restore(sound);
        assertAllIsRight(open(), "restored");
    }

    @Test
    void whatWasTurnedBackIsNeverWrongAndKnownToWhoSawTheNewer() throws Exception {
        for (String key : sound.keySet()) {
            byte[] before = older.get(key);
            if (before == null || Arrays.equals(before, sound.get(key))) {
                continue;
            }
            stored.restore(sound);
            ObjectSnapshotStore witness = open();
            witness.list(NEVER);
            stored.put(key, before);
            if (StoredObjects.kind(key).equals("pointers")) {
                assertThat(witness.check(false, List.of(), NEVER).findings())
                        .as(key)
                        .isNotEmpty();
            }
            assertNothingWrongIsRead(witness, key);
            assertNothingWrongIsRead(open(), key);
            open().check(true, List.of(copies), NEVER);
            assertThat(open().check(false, List.of(), NEVER).findings()).as(key).isEmpty();
            assertAllListedIsRight(open(), key);
            heal(key + " turned back");
        }
    }

    @Test
    void aLostPackIsMadeFromCopiesAndLostWithoutThem() throws Exception {
        for (String key : stored.keys("packs")) {
            stored.restore(sound);
            stored.delete(key);
            assertNothingWrongIsRead(open(), key);
            open().check(true, List.of(copies), NEVER);
            assertThat(open().check(false, List.of(), NEVER).findings()).as(key).isEmpty();
            assertAllIsRight(open(), key);
            stored.delete(key);
            open().check(true, List.of(), NEVER);
            assertThat(open().check(false, List.of(), NEVER).findings()).as(key).isEmpty();
            assertAllListedIsRight(open(), key);
            heal(key);
        }
    }

    @Test
    void whatIsNoPackIsFoundAndGoes() throws Exception {
        String junk = "domains/" + Domain.folderOf("a") + "/packs/junk";
        stored.put(junk, new byte[100]);
        assertThat(open().check(true, List.of(), NEVER).findings())
                .extracting(StoreCheck.Finding::key)
                .containsExactly(junk);
        assertThat(open().check(false, List.of(), NEVER).findings()).isEmpty();
        clock.advance(Duration.ofHours(4));
        open().collect(GRACE, false, NEVER);
        assertThat(stored.keys()).doesNotContain(junk);
        assertAllIsRight(open(), "without junk");
    }
}
