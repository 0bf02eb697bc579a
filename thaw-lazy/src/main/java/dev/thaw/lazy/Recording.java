package dev.thaw.lazy;

import dev.thaw.cache.Lease;
import dev.thaw.cache.ThawReads;
import dev.thaw.store.Manifest;
import dev.thaw.store.PartBlocks;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one thaw of a snapshot that lies here as plain files touches, block by block. */
public final class Recording implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Recording.class);

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

    /** How many blocks these are. */
    int touchedBlocks() {
        return rootfs.touches().touchedBlocks() + memory.touches().touchedBlocks();
    }

    /**
     * Publishes what a clone that serves nobody has touched, where nothing is known yet. The files must still be there.
     *
     * @return false when something was known, or another snapshot is visible by now
     */
    public boolean publishFirst(Touched touched, Cancellation cancellation) throws IOException {
        return before(cancellation).isEmpty() && publish(touched, List.of(), cancellation);
    }

    /**
     * Publishes what an invocation has touched as the snapshot's hot companion, with some of what earlier ones did, if that is
     * much else than what is hot already. The files must still be there.
     *
     * @param answered what had been touched when it was answered
     * @param touched that, and what followed
     * @return how well what was hot fits what had been touched when it was answered
     */
    ThawReads merge(Touched answered, Touched touched, Cancellation cancellation) throws IOException {
        List<HotBlock> before = before(cancellation);
        if (WorkingSets.isWorthwhile(touched.blocks(), before)) {
            boolean visible = publish(touched, before, cancellation);
            log.info(
                    "snapshot={} recorded={} blocks of an invocation, {} of them after its answer, hot before={}, published={}",
                    manifest.id(),
                    touched.blocks().size(),
                    touched.blocks().size() - answered.blocks().size(),
                    before.size(),
                    visible);
        }
        Set<HotBlock> hot = new HashSet<>(before);
        long known = answered.blocks().stream().filter(hot::contains).count();
        long all = answered.blocks().size();
        return new ThawReads(
                Map.of(), Map.of(), before.size(), all - known, Optional.of(new ThawReads.Touched(all, known)));
    }

    private boolean publish(Touched touched, List<HotBlock> before, Cancellation cancellation) throws IOException {
        try (PartBlocks blocks = new PartBlocks(files)) {
            return store.publishHot(
                    manifest, WorkingSets.recorded(touched.blocks(), before, manifest), blocks, cancellation);
        }
    }

    /** What is hot by now. */
    private List<HotBlock> before(Cancellation cancellation) throws StoreException {
        Optional<SnapshotImages> images = store.images(manifest, cancellation);
        if (images.isEmpty()) {
            return List.of();
        }
        try (SnapshotImages there = images.get()) {
            return WorkingSets.blocks(there.readHotMap(cancellation));
        }
    }

    @Override
    public void close() {
        memory.close();
        rootfs.close();
    }
}
