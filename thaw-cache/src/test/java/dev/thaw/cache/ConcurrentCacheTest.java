package dev.thaw.cache;

import static dev.thaw.cache.CacheBench.LARGE;
import static dev.thaw.cache.CacheBench.NEVER;
import static dev.thaw.cache.CacheBench.assertRight;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ConcurrentCacheTest {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @TempDir
    Path directory;

    private CacheBench bench;

    @BeforeEach
    void open() throws Exception {
        bench = new CacheBench(directory);
    }

    @AfterEach
    void close() {
        bench.store.open();
        threads.close();
        bench.close();
    }

    @Test
    void fetchesOnceForAllWhoWant() throws Exception {
        Manifest manifest = bench.publish("hello", 1);
        bench.store.shut();
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            List<Future<Lease>> wanted = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                wanted.add(threads.submit(() -> cache.acquire(manifest, NEVER)));
            }
            await().until(() -> bench.store.fetches.get() == 3);
            bench.store.open();
            for (Future<Lease> each : wanted) {
                try (Lease lease = each.get()) {
                    assertRight(lease);
                    assertThat(lease.bytesFromOrigin()).isNotNegative();
                }
            }
            assertThat(bench.store.fetches).hasValue(3);
            assertThat(cache.stats().originBytes()).isBetween(manifest.denseBytes(), manifest.denseBytes() + 500_000);
            assertThat(cache.stats().pinnedBytes()).isZero();
            bench.assertTidy(cache);
        }
    }

    @Test
    void goesOnFetchingAsLongAsOneWaits() throws Exception {
        Manifest manifest = bench.publish("hello", 1);
        bench.store.shut();
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            Cancellation impatient = new Cancellation();
            Future<Lease> leaves = threads.submit(() -> cache.acquire(manifest, impatient));
            await().until(() -> bench.store.fetches.get() == 3);
            Future<Lease> stays = threads.submit(() -> cache.acquire(manifest, NEVER));
            await().until(() -> cache.stats().usedBytes() > 0);
            impatient.cancel("no more time");
            assertCancelled(leaves);
            bench.store.open();
            try (Lease lease = stays.get()) {
                assertRight(lease);
            }
            assertThat(cache.stats().pinnedBytes()).isZero();
        }
    }

    @Test
    void endsAFetchThatNobodyWaitsFor() throws Exception {
        Manifest manifest = bench.publish("hello", 1);
        bench.store.shut();
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            Cancellation impatient = new Cancellation();
            Future<Lease> leaves = threads.submit(() -> cache.acquire(manifest, impatient));
            await().until(() -> bench.store.fetches.get() == 3);
            impatient.cancel("no more time");
            assertCancelled(leaves);
            await().until(() -> cache.stats().usedBytes() == 0);
            bench.store.open();
            try (Lease lease = cache.acquire(manifest, NEVER)) {
                assertRight(lease);
            }
            bench.assertTidy(cache);
        }
    }

    @Test
    void closesWhileItFetches() throws Exception {
        Manifest manifest = bench.publish("hello", 1);
        bench.store.shut();
        DiskNodeCache cache = bench.cache(LARGE);
        Future<Lease> waits = threads.submit(() -> cache.acquire(manifest, NEVER));
        await().until(() -> bench.store.fetches.get() == 3);
        cache.close();
        assertCancelled(waits);
        assertThat(bench.cacheDirectory().resolve("incoming")).isEmptyDirectory();
    }

    private static void assertCancelled(Future<Lease> future) {
        assertThatThrownBy(future::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(StoreException.Code.CANCELLED));
    }

    @Test
    void verifiesOnceForAllAfterARestart() throws Exception {
        Manifest manifest = bench.publish("hello", 1);
        Path memory;
        try (DiskNodeCache cache = bench.cache(LARGE);
                Lease lease = cache.acquire(manifest, NEVER)) {
            memory = lease.memory();
        }
        CacheBench.flip(memory, 1_000_000);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            List<Callable<Lease>> tasks = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                tasks.add(() -> cache.acquire(manifest, NEVER));
            }
            for (Future<Lease> future : threads.invokeAll(tasks)) {
                try (Lease lease = future.get()) {
                    assertRight(lease);
                }
            }
            assertThat(cache.stats().corruptParts()).isEqualTo(1);
            assertThat(cache.stats().pinnedBytes()).isZero();
            bench.assertTidy(cache);
        }
    }

    /** Many more snapshots than room, all wanted at once: whoever gets a lease gets the right bytes for as long. */
    @Test
    void neverTakesAwayOrMixesUnderPressure() throws Exception {
        List<Manifest> manifests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            manifests.add(bench.publish("function" + i % 4, i));
        }
        CacheBounds bounds = CacheBounds.of(new DataSize(4_500_000));
        try (DiskNodeCache cache = bench.cache(bounds)) {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int seed = i;
                tasks.add(() -> work(cache, manifests, new Random(seed), bounds));
            }
            int leases = 0;
            for (Future<Integer> future : threads.invokeAll(tasks)) {
                leases += future.get();
            }
            assertThat(leases).isPositive();
            assertThat(cache.stats().pinnedBytes()).isZero();
            bench.assertTidy(cache);
        }
    }

    private static int work(DiskNodeCache cache, List<Manifest> manifests, Random random, CacheBounds bounds)
            throws Exception {
        int leases = 0;
        for (int i = 0; i < 25; i++) {
            Manifest manifest = manifests.get(random.nextInt(manifests.size()));
            if (random.nextInt(10) == 0) {
                cache.drop(manifest.id());
            }
            try (Lease lease = cache.acquire(manifest, NEVER)) {
                assertThat(lease.manifest()).isEqualTo(manifest);
                assertRight(lease);
                leases++;
            } catch (CacheException e) {
                assertThat(e.code()).isEqualTo(CacheException.Code.ALL_IN_USE);
            }
            assertThat(cache.stats().usedBytes()).isLessThanOrEqualTo(bounds.totalBytes());
        }
        return leases;
    }
}
