package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Root file systems that every trust domain may refer to. */
class PublicBasesTest {
    private static final Cancellation NEVER = Cancellation.never();
    private static final Duration GRACE = Duration.ofHours(3);

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final ObjectStore objects = new MemoryObjectStore(clock);
    private final StoredObjects stored = new StoredObjects(objects);
    private final ObjectSnapshotStore store = open();
    private SmallFreezes freezes;

    @BeforeEach
    void prepare() {
        freezes = new SmallFreezes(directory);
    }

    private ObjectSnapshotStore open() {
        return new ObjectSnapshotStore(objects, TestSnapshots.keys(), clock);
    }

    private long bytesOf(String domain) throws Exception {
        long bytes = 0;
        for (Map.Entry<String, byte[]> object : stored.all().entrySet()) {
            boolean its = StoredObjects.folder(object.getKey()).equals(Domain.folderOf(domain));
            bytes += its ? object.getValue().length : 0;
        }
        return bytes;
    }

    private void collectAll() throws Exception {
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofHours(4));
            open().collect(GRACE, false, NEVER);
        }
    }

    @Test
    void aPrivateDomainDoesNotStoreWhatIsPublic() throws Exception {
        SnapshotDraft without = freezes.freeze("hello", 1, "stranger");
        freezes.assertRight(open(), store.publish(without, NEVER), without);
        store.publishBase("base", freezes.rootfs("hello"), NEVER);
        long publicBytes = bytesOf("public");
        SnapshotDraft with = freezes.freeze("hello", 1, "tenant");
        freezes.assertRight(open(), store.publish(with, NEVER), with);
        assertThat(bytesOf("tenant") + 40_000).isLessThan(bytesOf("stranger"));
        assertThat(bytesOf("public")).isEqualTo(publicBytes);
    }

    @Test
    void memoryDoesNotReferToBases() throws Exception {
        SnapshotDraft draft = freezes.freeze("hello", 1, "tenant");
        // Whoever could make a base of what he guesses would learn from sizes whether a guest has it in its memory.
        store.publishBase("guess", draft.memory().file(), NEVER);
        long before = bytesOf("public");
        store.publish(draft, NEVER);
        StoreUsage.Share memory = store.usageOf(store.list(NEVER).getFirst().id(), NEVER).stream()
                .filter(share -> share.name().equals("memory"))
                .findFirst()
                .orElseThrow();
        assertThat(bytesOf("tenant")).isGreaterThan(memory.storedBytes());
        assertThat(bytesOf("public")).isEqualTo(before);
    }

    @Test
    void aBaseOutlivesItsRemovalAsLongAsASnapshotRefersToIt() throws Exception {
        store.publishBase("base", freezes.rootfs("hello"), NEVER);
        SnapshotDraft draft = freezes.freeze("hello", 1, "tenant");
        Manifest manifest = store.publish(draft, NEVER);
        store.deleteBase("base", NEVER);
        collectAll();
        freezes.assertRight(open(), manifest, draft);
        assertThat(open().check(false, List.of(), NEVER).findings()).isEmpty();
        // Another tenant comes meanwhile; the first leaves.
        SnapshotDraft other = freezes.freeze("hello", 2, "other");
        Manifest kept = open().publish(other, NEVER);
        store.delete(manifest.id(), NEVER);
        collectAll();
        freezes.assertRight(open(), kept, other);
        open().delete(kept.id(), NEVER);
        collectAll();
        assertThat(stored.keys("packs")).isEmpty();
        assertThat(stored.keys("maps")).isEmpty();
        assertThat(open().usage(NEVER).unreachableBytes()).isZero();
    }

    @Test
    void aBaseIsReplacedByOneOfItsName() throws Exception {
        store.publishBase("base", freezes.rootfs("hello"), NEVER);
        store.publishBase("base", freezes.rootfs("other"), NEVER);
        assertThat(stored.keys("bases")).hasSize(1);
        collectAll();
        assertThat(open().check(false, List.of(), NEVER).findings()).isEmpty();
        SnapshotDraft draft = freezes.freeze("other", 1, "tenant");
        long before = bytesOf("public");
        freezes.assertRight(open(), open().publish(draft, NEVER), draft);
        assertThat(bytesOf("public")).isEqualTo(before);
    }

    @Test
    void publishingGoesOnWhereTheBasesCannotBeRead() throws Exception {
        store.publishBase("base", freezes.rootfs("hello"), NEVER);
        String keys = Domains.PREFIX + Domain.folderOf("public");
        byte[] right = stored.bytes(keys);
        stored.put(keys, new byte[10]);
        SnapshotDraft draft = freezes.freeze("hello", 1, "tenant");
        Manifest manifest = open().publish(draft, NEVER);
        freezes.assertRight(open(), manifest, draft);
        assertThat(open().check(true, List.of(), NEVER).findings())
                .extracting(StoreCheck.Finding::key)
                .containsExactly(keys);
        stored.put(keys, right);
        assertThat(open().check(false, List.of(), NEVER).findings()).isEmpty();
    }
}
