package dev.thaw.cache;

import static dev.thaw.cache.CacheBench.LARGE;
import static dev.thaw.cache.CacheBench.NEVER;
import static dev.thaw.cache.CacheBench.assertRight;
import static dev.thaw.cache.CacheBench.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.object.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskNodeCacheTest {
    @TempDir
    Path directory;

    private CacheBench bench;

    @BeforeEach
    void open() throws Exception {
        bench = new CacheBench(directory);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    static void assertCode(CacheException.Code code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CacheException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void takesInAFreezeAndGivesItAgain() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        try (DiskNodeCache cache = bench.cacheWithoutStore(LARGE)) {
            assertThat(cache.acquireLocal(draft.identity(), draft.fit())).isEmpty();
            try (Lease lease = cache.add(draft, NEVER)) {
                assertSame(lease, draft);
                assertThat(lease.local()).isTrue();
                assertThat(Files.size(lease.memory())).isEqualTo(4 << 20);
            }
            try (Lease lease = cache.acquireLocal(draft.identity(), draft.fit()).orElseThrow()) {
                assertSame(lease, draft);
                assertThat(lease.local()).isTrue();
            }
            assertThat(cache.acquireLocal(draft.identity(), TestSnapshots.fit("other")))
                    .isEmpty();
            assertThat(cache.stats().hits()).isEqualTo(1);
            bench.assertTidy(cache);
        }
    }

    @Test
    void takesTheRootFileSystemOnceOnOneDisk() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        try (DiskNodeCache cache = bench.cacheWithoutStore(LARGE);
                Lease lease = cache.add(draft, NEVER);
                Lease other = cache.add(bench.snapshots.freeze("hello", 2), NEVER)) {
            assertThat(Files.isSameFile(lease.rootfs(), draft.rootfs().file())).isTrue();
            assertThat(other.rootfs()).isEqualTo(lease.rootfs());
            assertThat(cache.list()).hasSize(2);
        }
    }

    @Test
    void keepsHolesInTheMemory() throws Exception {
        Manifest manifest = bench.publish("hello", 1);
        try (DiskNodeCache cache = bench.cache(LARGE);
                Lease lease = cache.acquire(manifest, NEVER)) {
            assertThat(AllocatedBytes.of(lease.memory()))
                    .isLessThan(manifest.memory().denseBytes() + 64_000)
                    .isLessThan(manifest.memory().sizeBytes());
        }
    }

    @Test
    void publishesWhatItHolds() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        try (DiskNodeCache cache = bench.cache(LARGE);
                WholeLease lease = cache.add(draft, NEVER)) {
            Manifest published = bench.store.publish(lease.draft(draft.identity()), NEVER);
            assertThat(published).isEqualTo(lease.manifest());
            assertThatThrownBy(() -> lease.draft(TestSnapshots.identity("other")))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void fetchesOnceAndThenNeverAgain() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        Manifest manifest = bench.store.publish(draft, NEVER);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            try (Lease lease = cache.acquire(manifest, NEVER)) {
                assertSame(lease, draft);
                assertThat(lease.local()).isFalse();
                assertThat(lease.bytesFromOrigin()).isGreaterThan(manifest.denseBytes());
            }
            try (Lease lease = cache.acquire(manifest, NEVER)) {
                assertSame(lease, draft);
                assertThat(lease.local()).isTrue();
            }
            assertThat(cache.acquireLocal(draft.identity(), draft.fit()))
                    .hasValueSatisfying(lease -> assertThat(lease.local()).isTrue());
            assertThat(bench.store.fetches).hasValue(3);
            assertThat(cache.stats().originBytes()).isGreaterThan(manifest.denseBytes());
            assertThat(cache.stats().misses()).isEqualTo(1);
            assertThat(cache.stats().hits()).isEqualTo(2);
            bench.assertTidy(cache);
        }
    }

    @Test
    void fetchesOnlyTheMissingParts() throws Exception {
        Manifest hello = bench.publish("hello", 1);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            cache.add(bench.snapshots.freeze("hello", 2), NEVER).close();
            try (Lease lease = cache.acquire(hello, NEVER)) {
                assertRight(lease);
                assertThat(lease.bytesFromOrigin())
                        .isBetween(hello.denseBytes() - hello.rootfs().denseBytes(), hello.denseBytes() + 200_000);
            }
        }
    }

    @Test
    void evictsTheLeastRecentlyUsed() throws Exception {
        Manifest a = bench.publish("a", 1);
        Manifest b = bench.publish("b", 2);
        Manifest c = bench.publish("c", 3);
        try (DiskNodeCache cache = bench.cache(roomFor(2))) {
            cache.acquire(a, NEVER).close();
            cache.acquire(b, NEVER).close();
            cache.acquire(a, NEVER).close();
            cache.acquire(c, NEVER).close();
            assertThat(cache.list()).extracting(CachedSnapshot::manifest).containsExactly(c, a);
            assertThat(cache.stats().evictions()).containsEntry(EvictionReason.SPACE, 1L);
            bench.assertTidy(cache);
        }
    }

    /** Room for some of the test's snapshots, each of which takes 1.4 MB. */
    private static CacheBounds roomFor(int snapshots) {
        return CacheBounds.of(new DataSize(snapshots * 1_500_000L));
    }

    @Test
    void neverEvictsWhatIsHeld() throws Exception {
        Manifest a = bench.publish("a", 1);
        Manifest b = bench.publish("b", 2);
        Manifest c = bench.publish("c", 3);
        try (DiskNodeCache cache = bench.cache(roomFor(2));
                Lease first = cache.acquire(a, NEVER);
                Lease second = cache.acquire(b, NEVER)) {
            assertCode(CacheException.Code.ALL_IN_USE, () -> cache.acquire(c, NEVER));
            assertCode(CacheException.Code.ALL_IN_USE, () -> cache.add(bench.snapshots.freeze("d", 4), NEVER));
            assertRight(first);
            assertRight(second);
            bench.assertTidy(cache);
            second.close();
            try (Lease third = cache.acquire(c, NEVER)) {
                assertRight(first);
                assertRight(third);
            }
        }
    }

    @Test
    void refusesWhatCanNeverFit() throws Exception {
        Manifest a = bench.publish("a", 1);
        try (DiskNodeCache cache = bench.cache(CacheBounds.of(DataSize.ofMebibytes(1)))) {
            assertCode(CacheException.Code.TOO_LARGE, () -> cache.acquire(a, NEVER));
            assertCode(CacheException.Code.TOO_LARGE, () -> cache.add(bench.snapshots.freeze("b", 2), NEVER));
            assertThat(cache.stats().usedBytes()).isZero();
            assertThat(bench.store.fetches).hasValue(0);
        }
    }

    @Test
    void keepsNothingWhenTheBoundIsZero() throws Exception {
        Manifest a = bench.publish("a", 1);
        try (DiskNodeCache cache = bench.cache(new CacheBounds(new DataSize(0), DataSize.ofMebibytes(10)))) {
            Lease first = cache.acquire(a, NEVER);
            Lease second = cache.acquire(a, NEVER);
            first.close();
            assertRight(second);
            second.close();
            second.close();
            assertThat(cache.list()).isEmpty();
            assertThat(cache.stats().usedBytes()).isZero();
            assertThat(cache.stats().evictions()).containsEntry(EvictionReason.BOUND, 1L);
            bench.assertTidy(cache);
        }
    }

    @Test
    void keepsByHand() throws Exception {
        Manifest a = bench.publish("a", 1);
        Manifest b = bench.publish("b", 2);
        Manifest c = bench.publish("c", 3);
        try (DiskNodeCache cache = bench.cache(roomFor(2))) {
            cache.acquire(a, NEVER).close();
            assertThat(cache.keep(a.id(), true)).isTrue();
            assertThat(cache.keep(b.id(), true)).isFalse();
        }
        try (DiskNodeCache cache = bench.cache(roomFor(2))) {
            cache.acquire(b, NEVER).close();
            cache.acquire(c, NEVER).close();
            assertThat(cache.list()).extracting(CachedSnapshot::manifest).containsExactly(c, a);
            cache.keep(a.id(), false);
            cache.acquire(b, NEVER).close();
            assertThat(cache.list()).extracting(CachedSnapshot::manifest).containsExactly(b, c);
        }
    }

    @Test
    void dropsAtOnceOrWhenItIsLetGo() throws Exception {
        Manifest a = bench.publish("a", 1);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            Lease lease = cache.acquire(a, NEVER);
            assertThat(cache.drop(a.id())).isTrue();
            assertThat(cache.drop(a.id())).isFalse();
            assertThat(cache.list()).isEmpty();
            assertRight(lease);
            lease.close();
            assertThat(cache.stats().usedBytes()).isZero();
            bench.assertTidy(cache);
        }
    }

    @Test
    void dropsWithoutTakingASharedRootFileSystem() throws Exception {
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            Lease one = cache.add(bench.snapshots.freeze("hello", 1), NEVER);
            Lease two = cache.add(bench.snapshots.freeze("hello", 2), NEVER);
            one.close();
            cache.drop(one.manifest().id());
            assertRight(two);
            two.close();
            bench.assertTidy(cache);
        }
    }

    @Test
    void refetchesADamagedPart() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        Manifest manifest = bench.store.publish(draft, NEVER);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            for (int part = 0; part < 3; part++) {
                Lease lease = cache.acquire(manifest, NEVER);
                Path file = part == 0 ? lease.memory() : part == 1 ? lease.state() : lease.rootfs();
                lease.close();
                CacheBench.flip(file, 20_000);
                try (Lease again = cache.acquire(manifest, NEVER)) {
                    assertSame(again, draft);
                    assertThat(again.local()).isFalse();
                }
                assertThat(cache.stats().corruptParts()).isEqualTo(part + 1);
                bench.assertTidy(cache);
            }
            assertThat(cache.stats().evictions()).containsEntry(EvictionReason.CORRUPT, 3L);
        }
    }

    @Test
    void doesNotGiveADamagedSnapshotWithoutAStore() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        try (DiskNodeCache cache = bench.cacheWithoutStore(LARGE)) {
            Lease lease = cache.add(draft, NEVER);
            Manifest manifest = lease.manifest();
            lease.close();
            CacheBench.flip(lease.memory(), 5);
            assertThat(cache.acquireLocal(draft.identity(), draft.fit())).isEmpty();
            assertCode(CacheException.Code.MISSING, () -> cache.acquire(manifest, NEVER));
            assertThat(cache.list()).isEmpty();
            bench.assertTidy(cache);
        }
    }

    @Test
    void saysWhenTheStoreGivesAWrongPart() throws Exception {
        Manifest manifest = bench.publish("hello", 1);
        try (Stream<Path> stored = Files.walk(directory.resolve("store/domains"))) {
            for (Path pack : stored.filter(file -> file.toString().contains("/packs/") && Files.isRegularFile(file))
                    .toList()) {
                CacheBench.flip(pack, 40);
            }
        }
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            assertThatThrownBy(() -> cache.acquire(manifest, NEVER))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.code()).isEqualTo(StoreException.Code.CORRUPT))
                    .hasMessageContaining("is not what was sealed");
            assertThat(cache.list()).isEmpty();
            // Parts that were right may still be on their way out.
            await().untilAsserted(() -> assertThat(cache.stats().usedBytes()).isZero());
            bench.assertTidy(cache);
        }
    }

    @Test
    void isTheSameAfterARestart() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        Manifest other = bench.publish("other", 2);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            cache.add(draft, NEVER).close();
            cache.acquire(other, NEVER).close();
        }
        int fetches = bench.store.fetches.get();
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            assertThat(cache.list()).hasSize(2);
            assertThat(cache.list().getFirst().manifest()).isEqualTo(other);
            try (Lease lease = cache.acquireLocal(draft.identity(), draft.fit()).orElseThrow();
                    Lease fetched = cache.acquire(other, NEVER)) {
                assertSame(lease, draft);
                assertRight(fetched);
            }
            assertThat(bench.store.fetches).hasValue(fetches);
            bench.assertTidy(cache);
        }
    }

    @Test
    void sweepsLeftoversAndWhatIsNotWhole() throws Exception {
        Manifest a = bench.publish("a", 1);
        Manifest b = bench.publish("b", 2);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            Lease lease = cache.acquire(a, NEVER);
            cache.acquire(b, NEVER).close();
            Files.delete(lease.state());
            lease.close();
        }
        Path parts = bench.cacheDirectory().resolve("parts");
        Files.write(bench.cacheDirectory().resolve("incoming/half"), new byte[100]);
        Files.write(parts.resolve("memory/" + "0".repeat(64)), new byte[100]);
        Files.write(bench.cacheDirectory().resolve("snapshots/" + "0".repeat(64) + ".json"), new byte[100]);
        Files.write(bench.cacheDirectory().resolve("snapshots/" + "0".repeat(64) + ".keep"), new byte[0]);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            assertThat(cache.list()).extracting(CachedSnapshot::manifest).containsExactly(b);
            bench.assertTidy(cache);
            assertThat(bench.cacheDirectory().resolve("snapshots").toFile().list())
                    .containsExactly(b.id().hex() + ".json");
        }
    }

    @Test
    void findsDamageThatHappenedWhileItWasClosed() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("hello", 1);
        Manifest manifest = bench.store.publish(draft, NEVER);
        Lease lease;
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            lease = cache.acquire(manifest, NEVER);
            lease.close();
        }
        CacheBench.flip(lease.rootfs(), 100_000);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            assertThat(cache.acquireLocal(draft.identity(), draft.fit())).isEmpty();
            try (Lease again = cache.acquire(manifest, NEVER)) {
                assertSame(again, draft);
            }
        }
    }

    @Test
    void evictsAtTheStartWhenTheBoundHasShrunk() throws Exception {
        Manifest a = bench.publish("a", 1);
        Manifest b = bench.publish("b", 2);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            cache.acquire(a, NEVER).close();
            cache.acquire(b, NEVER).close();
        }
        try (DiskNodeCache cache = bench.cache(roomFor(1))) {
            assertThat(cache.list()).extracting(CachedSnapshot::manifest).containsExactly(b);
            bench.assertTidy(cache);
        }
    }

    @Test
    void belongsToOneProcess() throws Exception {
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            assertThat(cache.list()).isEmpty();
            assertCode(CacheException.Code.UNUSABLE, () -> bench.cache(LARGE));
        }
        bench.cache(LARGE).close();
    }

    @Test
    void refusesADirectoryThatIsNone() throws Exception {
        Files.write(bench.cacheDirectory(), new byte[1]);
        assertCode(CacheException.Code.UNUSABLE, () -> bench.cache(LARGE));
    }

    @Test
    void saysThatItIsClosed() throws Exception {
        Manifest a = bench.publish("a", 1);
        DiskNodeCache cache = bench.cache(LARGE);
        Lease lease = cache.acquire(a, NEVER);
        cache.close();
        cache.close();
        assertRight(lease);
        assertCode(CacheException.Code.CLOSED, () -> cache.acquire(a, NEVER));
        lease.close();
    }

    @Test
    void goesOnWithoutADirectoryThatVanished() throws Exception {
        Manifest a = bench.publish("a", 1);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            cache.acquire(a, NEVER).close();
            Files.move(bench.cacheDirectory(), directory.resolve("elsewhere"));
            assertCode(CacheException.Code.UNUSABLE, () -> cache.acquire(a, NEVER));
            assertCode(CacheException.Code.UNUSABLE, () -> cache.add(bench.snapshots.freeze("b", 2), NEVER));
        }
    }
}
