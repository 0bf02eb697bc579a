package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.cache.Lease;
import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.MemoryFrameCache;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.PartBlocks;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots in a store, opened by many at once, over the real kernel's mounts. */
class LazySharingIT {
    private static final Cancellation NEVER = Cancellation.never();
    private static final int CLONES = 20;

    @TempDir
    Path directory;

    private final SnapshotStore store = new ObjectSnapshotStore(
                    new MemoryObjectStore(Clock.systemUTC()), TestSnapshots.keys(), Clock.systemUTC())
            .through(new MemoryFrameCache(DataSize.ofMebibytes(64), DataSize.ofMebibytes(64)));
    private SnapshotDraft draft;
    private Manifest manifest;
    private LazySnapshots lazy;

    @BeforeEach
    void open() throws Exception {
        draft = new TestSnapshots(directory).freeze("hello", 1);
        manifest = store.publish(draft, NEVER);
        lazy = new LazySnapshots(
                store,
                LazyMounts.open(directory.resolve("m"), directory.resolve("bin"), store, Duration.ofSeconds(10)),
                RecordPolicy.INVOCATION,
                Prefetch.ALL,
                50 << 20,
                Clock.systemUTC());
    }

    @AfterEach
    void close() {
        lazy.close();
    }

    private List<Optional<Lease>> acquireAllAtOnce() throws Exception {
        List<Optional<Lease>> leases = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<Lease>>> futures = new ArrayList<>();
            for (int i = 0; i < CLONES; i++) {
                futures.add(threads.submit(() -> lazy.acquire(manifest, NEVER)));
            }
            for (Future<Optional<Lease>> future : futures) {
                leases.add(future.get());
            }
        }
        return leases;
    }

    @Test
    void whatNobodyHasRecordedIsLeftToBeFetchedAsAWhole() throws Exception {
        assertThat(acquireAllAtOnce()).hasSize(CLONES).allMatch(Optional::isEmpty);
        assertThat(lazy.list()).isEmpty();
    }

    @Test
    void allWhoWantASnapshotAtOnceShareOne() throws Exception {
        try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
            List<HotBlock> order = List.of(new HotBlock(PartKind.ROOTFS.ordinal(), 1));
            assertThat(store.publishHot(manifest, order, blocks, NEVER)).isTrue();
        }
        List<Lease> leases =
                acquireAllAtOnce().stream().map(Optional::orElseThrow).toList();
        assertThat(leases.stream().map(Lease::memory).distinct()).hasSize(1);
        for (Lease lease : leases) {
            lease.awaitState(NEVER);
        }
        leases.forEach(Lease::close);
        assertThat(lazy.list()).hasSize(1).allMatch(cached -> cached.leases() == 0);
        assertThat(lazy.drop(manifest.id())).isTrue();
        assertThat(lazy.list()).isEmpty();
    }
}
