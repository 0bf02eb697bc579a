package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads;
import dev.thaw.store.FrameCache;
import dev.thaw.store.Manifest;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.chunk.HotMap;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** One snapshot whose memory, root file system and device state are files of our mounts, shared by all its clones on this worker. */
final class LazySnapshot implements AutoCloseable {
    private final SnapshotImages images;
    private final LazyImage memoryImage;
    private final LazyImage rootfsImage;
    private final LazyFile memory;
    private final LazyFile rootfs;
    private final LazyFile state;
    private final ReadCounters counters;
    private final List<FrameCache.Pin> pins = new ArrayList<>(); // guarded by this
    private final AtomicBoolean filled = new AtomicBoolean();
    private final AtomicBoolean refined = new AtomicBoolean();
    private boolean closed; // guarded by this

    /** Whether every frame is in the worker's cache. Set by who filled it, read by all. */
    private volatile boolean complete;

    private LazySnapshot(
            SnapshotImages images,
            LazyImage memoryImage,
            LazyImage rootfsImage,
            LazyFile memory,
            LazyFile rootfs,
            LazyFile state,
            ReadCounters counters) {
        this.images = images;
        this.memoryImage = memoryImage;
        this.rootfsImage = rootfsImage;
        this.memory = memory;
        this.rootfs = rootfs;
        this.state = state;
        this.counters = counters;
    }

    /**
     * Makes the files and begins to read. A VMM can be given them at once; it can load when {@link #awaitState} completes.
     *
     * @param name of the files, unique in the mounts
     * @param usesHot whether hot blocks are taken; else every block is a miss
     * @param whenLost hears of each read that failed for good
     * @param whenStarved hears after each {@link ReadCounters#STARVED_READS} reads that the store had to answer how many these are in all
     * @throws LazyException when the mounts do not take them; the images are closed then
     */
    static LazySnapshot open(
            String name,
            SnapshotImages images,
            LazyMount memoryMount,
            LazyMount diskMount,
            LazyThreads threads,
            boolean usesHot,
            Consumer<Exception> whenLost,
            ObjIntConsumer<LazySnapshot> whenStarved)
            throws LazyException {
        requireNonNull(images, "images is null");
        Manifest manifest = images.manifest();
        CompletableFuture<LazySnapshot> opened = new CompletableFuture<>();
        ReadCounters counters = new ReadCounters(reads -> opened.thenAccept(one -> whenStarved.accept(one, reads)));
        LazyImage memoryImage =
                new LazyImage(PartKind.MEMORY, manifest.memory().sizeBytes(), images, threads, counters);
        LazyImage rootfsImage =
                new LazyImage(PartKind.ROOTFS, manifest.rootfs().sizeBytes(), images, threads, counters);
        ImageSource stateSource = new StateSource(manifest.state().sizeBytes(), images.state(), threads.patience());
        List<LazyFile> added = new ArrayList<>();
        try {
            LazyFile memory = add(added, memoryMount, name + "-memory", memoryImage);
            LazyFile rootfs = add(added, diskMount, name + "-rootfs", rootfsImage);
            LazyFile state = add(added, diskMount, name + LeftImages.STATE, stateSource);
            LazySnapshot snapshot = new LazySnapshot(images, memoryImage, rootfsImage, memory, rootfs, state, counters);
            snapshot.begin(usesHot, whenLost);
            opened.complete(snapshot);
            return snapshot;
        } catch (LazyException e) {
            added.forEach(LazyFile::close);
            images.close();
            throw e;
        }
    }

    private static LazyFile add(List<LazyFile> added, LazyMount mount, String name, ImageSource source)
            throws LazyException {
        LazyFile file = mount.add(name, source);
        added.add(file);
        return file;
    }

    private void begin(boolean usesHot, Consumer<Exception> whenLost) {
        images.begin((frame, plain) -> {
            if (usesHot) {
                memoryImage.take(frame, plain);
                rootfsImage.take(frame, plain);
            }
        });
        memoryImage.begin(usesHot, new PageCache(memory), whenLost);
        rootfsImage.begin(usesHot, new PageCache(rootfs), whenLost);
        memoryImage.frames().thenAccept(frames -> hold(images.pin(frames)));
        rootfsImage.frames().thenAccept(frames -> hold(images.pin(frames)));
    }

    private synchronized void hold(FrameCache.Pin pin) {
        if (closed) {
            pin.close();
        } else {
            pins.add(pin);
        }
    }

    /** The page cache of a file. */
    private record PageCache(LazyFile file) implements PushLine.Target {
        @Override
        public CompletableFuture<Long> push(long offset, MemorySegment bytes, IntPredicate had) {
            try {
                return file.push(offset, bytes, had);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return CompletableFuture.failedFuture(e);
            }
        }

        @Override
        public boolean wasRead(int block) {
            return file.touches().isTouched(block);
        }
    }

    /** Completes when a VMM can load the device state without waiting. */
    CompletableFuture<Void> awaitState() {
        return images.state().thenAccept(_ -> {});
    }

    Manifest manifest() {
        return images.manifest();
    }

    Path state() {
        return state.path();
    }

    Path memory() {
        return memory.path();
    }

    Path rootfs() {
        return rootfs.path();
    }

    /** What has come by now, for {@link #reads}. */
    Moment now() {
        return new Moment(
                counters.now(),
                images.companionBytes(),
                images.mapBytes(),
                images.packBytes(),
                memory.touches().touchedBlocks(),
                rootfs.touches().touchedBlocks());
    }

    /** A moment's counts. */
    record Moment(
            ReadCounters.Moment reads,
            long companionBytes,
            long mapBytes,
            long packBytes,
            int memoryTouched,
            int rootfsTouched) {
        /** Before anything was read. */
        static Moment begin() {
            return new Moment(ReadCounters.Moment.begin(), 0, 0, 0, 0, 0);
        }

        long originBytes() {
            return companionBytes + mapBytes + packBytes;
        }
    }

    /** What has been read between two moments. */
    ThawReads reads(Moment before, Moment now) {
        Map<ThawReads.Source, Long> bytes = Map.of(
                ThawReads.Source.COMPANION, now.companionBytes() - before.companionBytes(),
                ThawReads.Source.MAPS, now.mapBytes() - before.mapBytes(),
                ThawReads.Source.PACKS, now.packBytes() - before.packBytes(),
                ThawReads.Source.CACHE,
                        now.reads().cacheBytes() - before.reads().cacheBytes());
        return new ThawReads(
                now.reads().since(before.reads()),
                bytes,
                hotBlocks(),
                missed(now).size(),
                Optional.empty());
    }

    boolean complete() {
        return complete;
    }

    /** Nobody thaws it any more, though clones may run on. */
    synchronized boolean closed() {
        return closed;
    }

    void completed() {
        complete = true;
    }

    SnapshotImages images() {
        return images;
    }

    CompletableFuture<List<FrameRef>> frames() {
        return memoryImage.frames().thenCombine(rootfsImage.frames(), (a, b) -> {
            List<FrameRef> all = new ArrayList<>(a);
            all.addAll(b);
            return all;
        });
    }

    /** True once: whoever gets it brings the rest. */
    boolean mayFill() {
        return filled.compareAndSet(false, true);
    }

    /** Whoever brought the rest could not. */
    void fillAgain() {
        filled.set(false);
    }

    /** True once: whoever gets it may refine what is hot. */
    boolean mayRefine() {
        return refined.compareAndSet(false, true);
    }

    /** The blocks that were asked for up to a moment, were not hot, and are not zero. */
    List<HotBlock> missed(Moment until) {
        List<HotBlock> missed = new ArrayList<>();
        addMissed(missed, PartKind.ROOTFS, rootfs, rootfsImage, until.rootfsTouched());
        addMissed(missed, PartKind.MEMORY, memory, memoryImage, until.memoryTouched());
        return missed;
    }

    private static void addMissed(List<HotBlock> missed, PartKind kind, LazyFile file, LazyImage image, int touched) {
        BitSet hot = image.hotBlocks();
        int[] order = file.touches().order();
        for (int i = 0; i < touched; i++) {
            if (!hot.get(order[i]) && image.isStored(order[i])) {
                missed.add(new HotBlock(kind.ordinal(), order[i]));
            }
        }
    }

    /** The blocks of memory and root file system that the companion has, in its order; none before its map has come. */
    List<HotBlock> hot() {
        HotMap map = hotMap();
        return map == null ? List.of() : WorkingSets.blocks(map);
    }

    /** How many these are. */
    private long hotBlocks() {
        HotMap map = hotMap();
        return map == null ? 0 : map.blocks(PartKind.MEMORY.ordinal()) + map.blocks(PartKind.ROOTFS.ordinal());
    }

    private @Nullable HotMap hotMap() {
        return images.hotMap().exceptionally(_ -> null).getNow(null);
    }

    /** Bytes of a hot block, for a companion that is written anew. */
    int readBlock(HotBlock block, byte[] target, int offset) throws IOException {
        PartKind kind = SnapshotImages.part(block.part());
        return switch (kind) {
            case MEMORY -> memoryImage.copyBlock(block.block(), target, offset);
            case ROOTFS -> rootfsImage.copyBlock(block.block(), target, offset);
            case STATE -> {
                byte[] state = images.state().join();
                int from = block.block() * Blocks.BYTES;
                int count = Math.min(Blocks.BYTES, state.length - from);
                System.arraycopy(state, from, target, offset, count);
                yield count;
            }
        };
    }

    @Override
    public void close() {
        List<FrameCache.Pin> held;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            held = List.copyOf(pins);
            pins.clear();
        }
        memory.close();
        rootfs.close();
        state.close();
        held.forEach(FrameCache.Pin::close);
        // Who has a file open reads on; its source, and with it the images, goes with the last.
        CompletableFuture.allOf(memory.gone(), rootfs.gone(), state.gone()).whenComplete((_, _) -> images.close());
    }
}
