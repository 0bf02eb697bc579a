package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.thaw.store.key.KeyService;
import dev.thaw.store.key.WrappingKeys;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.HookedObjectStore;
import dev.thaw.store.object.HookedObjectStore.Moment;
import dev.thaw.store.object.HookedObjectStore.Operation;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.ObjectStoreContract;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the stored bytes, their names and the work of one trust domain tell about another, and about what was frozen. */
class SecrecyTest {
    private static final Cancellation NEVER = Cancellation.never();
    private static final int WINDOW = 16;

    @TempDir
    Path directory;

    private final ObjectStore objects = new MemoryObjectStore(Clock.systemUTC());
    private final StoredObjects stored = new StoredObjects(objects);
    private SmallFreezes freezes;

    @BeforeEach
    void prepare() {
        freezes = new SmallFreezes(directory);
    }

    private static ObjectSnapshotStore open(ObjectStore objects) {
        return open(objects, TestSnapshots.keys());
    }

    private static ObjectSnapshotStore open(ObjectStore objects, KeyService keys) {
        return new ObjectSnapshotStore(objects, keys, Clock.systemUTC());
    }

    @Test
    void twoDomainsWithTheSameGuestHaveNothingInCommon() throws Exception {
        ObjectSnapshotStore store = open(objects);
        store.publish(freezes.freeze("same", 1, "a"), NEVER);
        store.publish(freezes.freeze("same", 1, "b"), NEVER);
        Map<String, Set<String>> names = new TreeMap<>();
        Map<String, Set<String>> windows = new TreeMap<>();
        Map<String, List<Integer>> sizes = new TreeMap<>();
        for (Map.Entry<String, byte[]> object : stored.all().entrySet()) {
            if (StoredObjects.kind(object.getKey()).equals("keys")) {
                continue;
            }
            String folder = StoredObjects.folder(object.getKey());
            String[] segments = object.getKey().split("/");
            for (int i = 3; i < segments.length; i++) {
                names.computeIfAbsent(folder, _ -> new HashSet<>()).add(segments[i]);
            }
            addWindows(windows.computeIfAbsent(folder, _ -> new HashSet<>()), object.getValue());
            sizes.computeIfAbsent(folder, _ -> new ArrayList<>()).add(object.getValue().length);
        }
        assertThat(names).hasSize(2);
        assertDisjoint(names);
        assertDisjoint(windows);
        List<List<Integer>> both = sizes.values().stream()
                .map(list -> list.stream().sorted().toList())
                .toList();
        assertThat(both.getFirst()).isNotEqualTo(both.getLast());
        // No pack has the length of another, though they hold the same.
        assertThat(new HashSet<>(stored.keys("packs").stream().map(this::length).toList()))
                .hasSameSizeAs(stored.keys("packs"));
    }

    private int length(String key) {
        try {
            return stored.bytes(key).length;
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertDisjoint(Map<String, Set<String>> sets) {
        List<Set<String>> both = List.copyOf(sets.values());
        Set<String> common = new HashSet<>(both.getFirst());
        common.retainAll(both.getLast());
        assertThat(common).isEmpty();
    }

    /** Every 16 bytes in a row, but those with the marks of the format and the zeros beside them. */
    private static void addWindows(Set<String> windows, byte[] bytes) {
        for (int at = 28; at + WINDOW + 24 <= bytes.length; at++) {
            windows.add(new String(bytes, at, WINDOW, StandardCharsets.ISO_8859_1));
        }
    }

    /** What a publication does to the store: what operations, on what kinds of objects. */
    private static final class Work implements HookedObjectStore.Hook {
        private final Map<String, Integer> counts = new ConcurrentHashMap<>();

        @Override
        public void at(Operation operation, Moment moment, String key) {
            if (moment == Moment.BEFORE) {
                counts.merge(operation + " " + StoredObjects.kind(key + "//"), 1, Integer::sum);
            }
        }
    }

    private Map<String, Integer> work(boolean otherHasIt) throws Exception {
        MemoryObjectStore fresh = new MemoryObjectStore(Clock.systemUTC());
        try (ObjectSnapshotStore other = open(fresh)) {
            other.publish(freezes.freeze(otherHasIt ? "same" : "different", 1, "a"), NEVER);
        }
        Work work = new Work();
        try (ObjectSnapshotStore store = open(new HookedObjectStore(fresh, work))) {
            store.publish(freezes.freeze("same", 1, "b"), NEVER);
        }
        Map<String, Integer> counts = new TreeMap<>(work.counts);
        // A pack for each thread that found something new first, which is a matter of chance.
        assertThat(counts.remove("PUT packs"))
                .isBetween(1, Math.max(1, Runtime.getRuntime().availableProcessors()));
        return counts;
    }

    @Test
    void aPublicationIsTheSameWorkWhateverTheOtherDomainHas() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(work(true)).isEqualTo(work(false));
        }
    }

    private double packBytes(boolean otherHasIt) throws Exception {
        MemoryObjectStore fresh = new MemoryObjectStore(Clock.systemUTC());
        ObjectSnapshotStore store = open(fresh);
        store.publish(freezes.freeze(otherHasIt ? "same" : "different", 1, "a"), NEVER);
        long before = store.usage(NEVER).storedBytes();
        store.publish(freezes.freeze("same", 1, "b"), NEVER);
        return store.usage(NEVER).storedBytes() - before;
    }

    @Test
    void aPublicationWritesAsMuchWhateverTheOtherDomainHas() throws Exception {
        double with = 0;
        double without = 0;
        int rounds = 12;
        for (int i = 0; i < rounds; i++) {
            with += packBytes(true) / rounds;
            without += packBytes(false) / rounds;
        }
        // Padding alone makes them differ, by less than a thirty-second.
        assertThat(with / without).isBetween(0.97, 1.03);
    }

    @Test
    void pointersAreUnlinkable() throws Exception {
        ObjectSnapshotStore store = open(objects);
        SnapshotDraft a = freezes.freeze("same", 1, "a");
        SnapshotDraft b = freezes.freeze("same", 1, "b");
        store.publish(a, NEVER);
        store.publish(b, NEVER);
        List<String> pointers = stored.keys("pointers");
        assertThat(pointers).hasSize(2);
        Set<String> segments = new HashSet<>();
        for (String pointer : pointers) {
            segments.addAll(List.of(pointer.split("/")).subList(3, 5));
        }
        assertThat(segments).hasSize(4); // not even the kind of host is the same
        for (SnapshotDraft draft : List.of(a, b)) {
            assertThat(segments)
                    .noneMatch(segment -> draft.identity().id().hex().startsWith(segment)
                            || draft.fit().id().hex().startsWith(segment));
        }
    }

    @Test
    void nothingPlainIsStored() throws Exception {
        ObjectSnapshotStore store = open(objects);
        store.publishBase("ubuntu-base", freezes.rootfs("base"), NEVER);
        SnapshotDraft draft = freezes.freeze("hello", 1, "a");
        Manifest manifest = store.publish(draft, NEVER);
        store.pin(manifest.id(), true, NEVER);
        List<String> secrets = new ArrayList<>(List.of("hello", "ubuntu-base", "SECRET", "not to be told", "serve"));
        for (var digest : List.of(
                manifest.id(),
                manifest.identity(),
                manifest.image(),
                manifest.fit().id())) {
            secrets.add(digest.hex().substring(0, 16));
            secrets.add(latin(HexFormat.of().parseHex(digest.hex())).substring(0, 8));
        }
        byte[] memory = Files.readAllBytes(draft.memory().file());
        for (int page = 0; page < memory.length; page += 4096) {
            String plain = latin(memory).substring(page + 100, page + 116);
            if (!plain.equals("\0".repeat(16))) {
                secrets.add(plain);
            }
        }
        for (Map.Entry<String, byte[]> object : stored.all().entrySet()) {
            String text = object.getKey() + latin(object.getValue());
            assertThat(secrets).as(object.getKey()).noneMatch(text::contains);
        }
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void nothingIsReadWithoutTheWrappingKey() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1, "a");
        Manifest manifest = open(objects).publish(draft, NEVER);
        KeyService others = WrappingKeys.parse(WrappingKeys.generate("test"), "a key of the same name");
        KeyService otherName = WrappingKeys.parse(WrappingKeys.generate("other"), "a key of another name");
        for (KeyService keys : List.of(others, otherName)) {
            ObjectSnapshotStore stranger = open(objects, keys);
            assertThat(stranger.list(NEVER)).isEmpty();
            Code code = keys == others ? Code.CORRUPT : Code.DENIED;
            ObjectStoreContract.assertCode(code, () -> stranger.resolve(draft.identity(), draft.fit(), NEVER));
            ObjectStoreContract.assertCode(code, () -> stranger.publish(draft, NEVER));
            ObjectStoreContract.assertCode(
                    code, () -> stranger.fetch(manifest.memory(), directory.resolve("f"), NEVER));
            ObjectStoreContract.assertCode(code, () -> stranger.usage(NEVER));
            assertThat(stranger.check(true, List.of(), NEVER).findings()).hasSize(1);
        }
        freezes.assertRight(open(objects), manifest, draft);
    }

    @Test
    void theOldWrappingKeyIsOfNoUseAfterRewrapping() throws Exception {
        String first = "test:" + Base64.getEncoder().encodeToString(new byte[32]);
        String second = WrappingKeys.generate("second");
        SnapshotDraft draft = freezes.freeze("hello", 1, "a");
        Manifest manifest = open(objects).publish(draft, NEVER);
        open(objects).publish(freezes.freeze("hello", 1, "b"), NEVER);
        Map<String, byte[]> before = stored.all();
        KeyService both = WrappingKeys.parse(second + "\n" + first, "both keys");
        assertThat(open(objects, both).rewrapKeys(NEVER)).isEqualTo(2);
        assertThat(open(objects, both).rewrapKeys(NEVER)).isZero();
        for (Map.Entry<String, byte[]> object : stored.all().entrySet()) {
            boolean same = java.util.Arrays.equals(object.getValue(), before.get(object.getKey()));
            assertThat(same).as(object.getKey()).isEqualTo(!object.getKey().startsWith("keys/"));
        }
        KeyService onlySecond = WrappingKeys.parse(second, "the new key");
        freezes.assertRight(open(objects, onlySecond), manifest, draft);
        KeyService onlyFirst = WrappingKeys.parse(first, "the old key");
        ObjectStoreContract.assertCode(
                Code.DENIED, () -> open(objects, onlyFirst).resolve(draft.identity(), draft.fit(), NEVER));
    }

    @Test
    void aNewEpochSharesNothingWithTheOld() throws Exception {
        ObjectSnapshotStore store = open(objects);
        Manifest old = store.publish(freezes.freeze("hello", 1, "a"), NEVER);
        Set<String> oldPacks = new HashSet<>(stored.keys("packs"));
        store.newEpoch("a", NEVER);
        // The same memory but for a few pages, which one epoch would have stored once.
        SnapshotDraft again = freezes.freeze("hello", 2, "a");
        Manifest fresh = store.publish(again, NEVER);
        for (String pack : oldPacks) {
            stored.delete(pack);
        }
        freezes.assertRight(open(objects), fresh, again);
        ObjectStoreContract.assertCode(
                Code.NOT_FOUND, () -> open(objects).fetch(old.memory(), directory.resolve("f"), NEVER));
        assertThat(stored.keys("packs")).allMatch(pack -> pack.contains("/00000002-"));
    }

    @Test
    void logsHoldNoKey() throws Exception {
        String wrapping = Base64.getEncoder().encodeToString(new byte[32]);
        Logger logger = (Logger) LoggerFactory.getLogger("dev.thaw.store");
        Level level = logger.getLevel();
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.setLevel(Level.TRACE);
        logger.addAppender(log);
        try {
            ObjectSnapshotStore store = open(objects);
            SnapshotDraft draft = freezes.freeze("hello", 1, "a");
            Manifest manifest = store.publish(draft, NEVER);
            stored.delete(stored.keys("packs").getFirst());
            store.publish(draft, NEVER);
            store.delete(manifest.id(), NEVER);
        } finally {
            logger.detachAppender(log);
            logger.setLevel(level);
        }
        assertThat(log.list).isNotEmpty();
        for (ILoggingEvent event : log.list) {
            assertThat(event.getFormattedMessage())
                    .doesNotContain(wrapping, "not to be told")
                    .doesNotMatch("(?s).*[A-Za-z0-9+/]{43}=.*");
        }
    }
}
