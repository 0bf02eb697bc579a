package dev.thaw.cache;

import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotDraft;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A process that freezes, publishes, thaws, drops and deletes until it is killed. */
final class CrashWorker {
    /** Room for about three of the snapshots, so that it evicts all the time. */
    static final CacheBounds BOUNDS = CacheBounds.of(new DataSize(4_500_000));

    private CrashWorker() {}

    public static void main(String[] args) throws Exception {
        Random random = new Random(Long.parseLong(args[1]));
        try (CacheBench bench = new CacheBench(Path.of(args[0]));
                DiskNodeCache cache = bench.cache(BOUNDS)) {
            System.out.println("at work");
            for (int i = 0; ; i++) {
                step(bench, cache, random, Long.parseLong(args[1]) * 1000 + i);
            }
        }
    }

    private static void step(CacheBench bench, DiskNodeCache cache, Random random, long seed) throws Exception {
        List<Manifest> published = bench.store.list(CacheBench.NEVER);
        if (published.isEmpty() || random.nextInt(3) == 0) {
            freeze(bench, cache, "function" + random.nextInt(5), seed);
            return;
        }
        Manifest manifest = published.get(random.nextInt(published.size()));
        switch (random.nextInt(6)) {
            case 0 -> bench.store.delete(manifest.id(), CacheBench.NEVER);
            case 1 -> cache.drop(manifest.id());
            case 2 -> cache.keep(manifest.id(), random.nextInt(4) == 0);
            default -> {
                try (Lease lease = cache.acquire(manifest, CacheBench.NEVER)) {
                    CacheBench.assertRight(lease);
                } catch (CacheException e) {
                    // What is kept by hand may leave no room; then that is let go.
                    for (CachedSnapshot each : cache.list()) {
                        cache.keep(each.manifest().id(), false);
                    }
                }
            }
        }
    }

    private static void freeze(CacheBench bench, DiskNodeCache cache, String function, long seed) throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze(function, seed);
        try (WholeLease lease = cache.add(draft, CacheBench.NEVER)) {
            bench.store.publish(lease.draft(draft.identity()), CacheBench.NEVER);
        } catch (CacheException e) {
            bench.store.publish(draft, CacheBench.NEVER);
        }
    }
}
