package dev.thaw.lazy;

import dev.thaw.cache.Lease;
import dev.thaw.store.Manifest;
import dev.thaw.store.PartBlocks;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What one thaw of a snapshot that lies here as plain files touches, block by block. */
public final class Recording implements AutoCloseable {
    private final Manifest manifest;
    private final Map<PartKind, Path> files;
    private final LazyFile memory;
    private final LazyFile rootfs;
    private final SnapshotStore store;

    private Recording(
            Manifest manifest, Map<PartKind, Path> files, LazyFile memory, LazyFile rootfs, SnapshotStore store) {
        this.manifest = manifest;
        this.files = files;
        this.memory = memory;
        this.rootfs = rootfs;
        this.store = store;
    }

    static Recording begin(LazyMount mount, Lease whole, SnapshotStore store) throws IOException {
        String name = whole.manifest().id().brief() + "-" + Long.toHexString(System.nanoTime());
        FileImageSource memorySource = new FileImageSource(whole.memory());
        LazyFile memory = add(mount, name + "-memory", memorySource);
        try {
            LazyFile rootfs = add(mount, name + "-rootfs", new FileImageSource(whole.rootfs()));
            return new Recording(
                    whole.manifest(),
                    Map.of(
                            PartKind.MEMORY, whole.memory(),
                            PartKind.STATE, whole.state(),
                            PartKind.ROOTFS, whole.rootfs()),
                    memory,
                    rootfs,
                    store);
        } catch (IOException e) {
            memory.close();
            throw e;
        }
    }

    private static LazyFile add(LazyMount mount, String name, FileImageSource source) throws LazyException {
        try {
            return mount.add(name, source);
        } catch (LazyException e) {
            source.close();
            throw e;
        }
    }

    /** The memory that the recorded clone is to be given. */
    public Path memory() {
        return memory.path();
    }

    /** The root file system that the recorded clone is to be given. */
    public Path rootfs() {
        return rootfs.path();
    }

    /** Blocks in the order of their first touch. */
    public record Touched(List<HotBlock> blocks) {
        public Touched {
            blocks = List.copyOf(blocks);
        }
    }

    /** What has been touched so far. */
    public Touched touched() {
        List<HotBlock> order = new ArrayList<>();
        for (int block : rootfs.touches().order()) {
            order.add(new HotBlock(PartKind.ROOTFS.ordinal(), block));
        }
        for (int block : memory.touches().order()) {
            order.add(new HotBlock(PartKind.MEMORY.ordinal(), block));
        }
        return new Touched(order);
    }

    /**
     * Publishes what was touched as the snapshot's hot companion. The files must still be there.
     *
     * @return false when another snapshot is visible by now
     */
    public boolean publish(Touched touched, Cancellation cancellation) throws IOException {
        try (PartBlocks blocks = new PartBlocks(files)) {
            return store.publishHot(manifest, WorkingSets.bounded(touched.blocks(), manifest), blocks, cancellation);
        }
    }

    @Override
    public void close() {
        memory.close();
        rootfs.close();
    }
}
