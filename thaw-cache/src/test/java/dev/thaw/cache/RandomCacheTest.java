package dev.thaw.cache;

import static dev.thaw.cache.CacheBench.NEVER;
import static dev.thaw.cache.CacheBench.assertRight;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random operations on the cache and on {@link ModelCache}; both must agree after each. */
class RandomCacheTest {
    private static final int OPERATIONS = 150;

    @TempDir
    Path directory;

    private final List<Lease> leases = new ArrayList<>();

    @Test
    void agreesWithTheModel() throws Exception {
        long first = Long.getLong("thaw.seed", new Random().nextLong());
        for (long seed = first; seed < first + 4; seed++) {
            System.out.println("thaw.seed=" + seed);
            run(seed);
        }
    }

    private void run(long seed) throws Exception {
        Random random = new Random(seed);
        try (CacheBench bench = new CacheBench(directory.resolve("run" + seed))) {
            List<Manifest> manifests = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                manifests.add(bench.publish("function" + i % 4, i));
            }
            CacheBounds bounds = new CacheBounds(
                    new DataSize(random.nextInt(6_000_000)), new DataSize(2_000_000 + random.nextInt(5_000_000)));
            ModelCache model = new ModelCache(bounds);
            DiskNodeCache cache = bench.cache(bounds);
            for (int i = 0; i < OPERATIONS; i++) {
                String context = "seed " + seed + " operation " + i;
                if (random.nextInt(20) == 0) {
                    leases.clear();
                    cache.close();
                    cache = bench.cache(bounds);
                    model.restart();
                } else {
                    step(cache, model, manifests.get(random.nextInt(manifests.size())), random, context);
                }
                compare(cache, model, context);
            }
            for (Lease lease : leases) {
                assertRight(lease);
            }
            bench.assertTidy(cache);
            leases.clear();
            cache.close();
        }
    }

    private void step(DiskNodeCache cache, ModelCache model, Manifest manifest, Random random, String context)
            throws Exception {
        switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> acquire(cache, model, manifest, context);
            case 4, 5 -> {
                if (!leases.isEmpty()) {
                    int which = random.nextInt(leases.size());
                    assertRight(leases.get(which));
                    leases.remove(which).close();
                    model.close(which);
                }
            }
            case 6 -> {
                assertThat(cache.drop(manifest.id())).as(context).isEqualTo(model.has(manifest));
                model.drop(manifest.id());
            }
            default -> {
                boolean keep = random.nextInt(3) == 0;
                assertThat(cache.keep(manifest.id(), keep)).as(context).isEqualTo(model.has(manifest));
                model.keep(manifest.id(), keep);
            }
        }
    }

    private void acquire(DiskNodeCache cache, ModelCache model, Manifest manifest, String context) throws IOException {
        Optional<CacheException.Code> refusal = Optional.empty();
        try {
            Lease lease = cache.acquire(manifest, NEVER);
            leases.add(lease);
            model.learn(manifest.memory(), AllocatedBytes.of(lease.memory()));
            model.learn(manifest.state(), AllocatedBytes.of(lease.state()));
            model.learn(manifest.rootfs(), AllocatedBytes.of(lease.rootfs()));
        } catch (CacheException e) {
            refusal = Optional.of(e.code());
        }
        assertThat(model.acquire(manifest)).as(context).isEqualTo(refusal);
    }

    private static void compare(DiskNodeCache cache, ModelCache model, String context) {
        List<Digest> ids =
                cache.list().stream().map(each -> each.manifest().id()).toList();
        assertThat(ids).as(context).isEqualTo(model.ids());
        assertThat(cache.stats().usedBytes()).as(context).isEqualTo(model.usedBytes());
        assertThat(cache.stats().pinnedBytes()).as(context).isEqualTo(model.pinnedBytes());
    }
}
