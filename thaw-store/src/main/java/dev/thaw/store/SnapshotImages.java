package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.HotCompanion.BlockReader;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The images of one published snapshot, block by block, for who does not wait for all of it. Everything that a thaw
 * needs first comes by one parallel read: the hot companion, in pieces, and the block maps.
 */
public final class SnapshotImages implements AutoCloseable {
    private final Domain domain;
    private final StoredSnapshot snapshot;
    private final Images images;
    private final Optional<HotHead> head;
    private final FrameReader reader;
    private final HotReader hotReader;
    private final HotPublisher hotPublisher;
    private final Cancellation cancellation = new Cancellation();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<PartKind, CompletableFuture<BlockMap>> maps = new ConcurrentHashMap<>();
    private final CompletableFuture<HotMap> hotMap = new CompletableFuture<>();
    private final CompletableFuture<byte[]> state = new CompletableFuture<>();
    private final CompletableFuture<Void> hot = new CompletableFuture<>();
    private final AtomicLong companionBytes = new AtomicLong();
    private final AtomicLong mapBytes = new AtomicLong();
    private final AtomicLong packBytes = new AtomicLong();
    private final AtomicInteger stateBlocks = new AtomicInteger();
    private final byte[] stateBytes;

    SnapshotImages(
            Domain domain,
            StoredSnapshot snapshot,
            Images images,
            Optional<HotHead> head,
            FrameReader reader,
            HotReader hotReader,
            HotPublisher hotPublisher) {
        this.domain = requireNonNull(domain, "domain is null");
        this.snapshot = requireNonNull(snapshot, "snapshot is null");
        this.images = requireNonNull(images, "images is null");
        this.head = requireNonNull(head, "head is null");
        this.reader = requireNonNull(reader, "reader is null");
        this.hotReader = requireNonNull(hotReader, "hotReader is null");
        this.hotPublisher = requireNonNull(hotPublisher, "hotPublisher is null");
        this.stateBytes = new byte[Math.toIntExact(snapshot.manifest().state().sizeBytes())];
    }

    /** Takes hot frames as they arrive, from several threads at once. */
    @FunctionalInterface
    public interface HotSink {
        /** @param plain whose first {@code frame.plainBytes()} bytes count; the taker's from here on */
        void accept(HotMap.HotFrame frame, byte[] plain) throws IOException;
    }

    public Manifest manifest() {
        return snapshot.manifest();
    }

    /** The part of a number in hot maps. */
    public static PartKind part(int number) {
        return PartKind.values()[number];
    }

    /** Begins the one parallel read; results come as futures. To be called once. */
    public void begin(HotSink sink) {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        // The state is waited for first, and a miss, which needs the maps, comes only after it.
        for (PartKind kind : List.of(PartKind.MEMORY, PartKind.ROOTFS)) {
            maps.put(kind, asked.thenApplyAsync(_ -> readMap(kind), threads));
        }
        HotRef ref = snapshot.hot().orElseThrow();
        threads.execute(() -> {
            try {
                hotReader.read(
                        domain,
                        ref,
                        head,
                        hotMap,
                        (frame, plain) -> take(frame, plain, sink),
                        () -> asked.complete(null),
                        companionBytes,
                        cancellation);
                hot.complete(null);
                state.completeExceptionally(
                        new StoreException(StoreException.Code.CORRUPT, "The hot companion lacks the device state."));
            } catch (IOException | RuntimeException e) {
                hotMap.completeExceptionally(e);
                state.completeExceptionally(e);
                hot.completeExceptionally(e);
            } finally {
                asked.complete(null);
            }
        });
    }

    private BlockMap readMap(PartKind kind) {
        try {
            return readMap(kind, cancellation);
        } catch (StoreException e) {
            throw new CompletionException(e);
        }
    }

    private void take(HotMap.HotFrame hotFrame, byte[] plain, HotSink sink) throws IOException {
        int at = 0;
        for (HotMap.Run run : hotFrame.runs()) {
            if (part(run.part()) == PartKind.STATE) {
                long from = (long) run.block() * Blocks.BYTES;
                long length = Math.min((long) run.count() * Blocks.BYTES, stateBytes.length - from);
                if (length <= 0) {
                    throw new StoreException(StoreException.Code.CORRUPT, "The hot map is of another device state.");
                }
                System.arraycopy(plain, at, stateBytes, (int) from, (int) length);
                if (stateBlocks.addAndGet(run.count()) == Blocks.count(stateBytes.length)) {
                    state.complete(stateBytes);
                }
            }
            at += run.count() * Blocks.BYTES;
        }
        sink.accept(hotFrame, plain);
    }

    /** What the hot companion holds; fails when it cannot be had. */
    public CompletableFuture<HotMap> hotMap() {
        return hotMap.copy();
    }

    /** The device state. */
    public CompletableFuture<byte[]> state() {
        return state.copy();
    }

    /** Completes when all that is hot has arrived. */
    public CompletableFuture<Void> hot() {
        return hot.copy();
    }

    /** Where the blocks of memory or of the root file system are. */
    public CompletableFuture<BlockMap> map(PartKind kind) {
        return requireNonNull(maps.get(kind), "begin first").copy();
    }

    /** Reads a block map, once more for who could not have it by {@link #map}; waits for it. */
    public BlockMap readMap(PartKind kind, Cancellation callers) throws StoreException {
        ImageRef ref = snapshot.image(kind);
        BlockMap map = images.read(domain, ref, callers);
        mapBytes.addAndGet(ref.bytes());
        return map;
    }

    /**
     * Reads frames from the cache or the origin; waits for them.
     *
     * @return how many bytes came from the origin
     */
    public long read(List<FrameRef> frames, FrameSink sink, Cancellation callers) throws IOException {
        long bytes = reader.read(frames, sink, callers);
        packBytes.addAndGet(bytes);
        return bytes;
    }

    /**
     * Replaces the hot companion that was read by a better one.
     *
     * @param order first touched first, each block once
     * @return false when somebody else has replaced it meanwhile: theirs stays
     */
    public boolean replaceHot(List<HotBlock> order, BlockReader blocks, Cancellation callers) throws StoreException {
        return hotPublisher.publish(manifest(), snapshot.hot(), order, blocks, callers);
    }

    /** Removes frames from the cache. */
    public void forget(List<FrameRef> frames) {
        frames.forEach(frame -> reader.cache.discard(frame.key()));
    }

    /** Whether a frame is near by. */
    public boolean isCached(FrameRef frame) {
        return reader.cache.has(frame.key());
    }

    /** Keeps frames in the cache while something may still fault in them. */
    public FrameCache.Pin pin(List<FrameRef> frames) {
        return reader.cache.pin(frames.stream().map(FrameRef::key).toList());
    }

    /**
     * Reads only what the hot companion's map says; one round trip. For who does not {@link #begin}.
     *
     * @throws StoreException NOT_FOUND when a better companion has taken its place, and this one is gone
     */
    public HotMap readHotMap(Cancellation callers) throws StoreException {
        return hotReader.readMap(domain, snapshot.hot().orElseThrow(), callers);
    }

    /** Bytes of the hot companion that have come. */
    public long companionBytes() {
        return companionBytes.get();
    }

    /** Bytes of block maps that have come. */
    public long mapBytes() {
        return mapBytes.get();
    }

    /** Bytes of packs that have come from the origin. */
    public long packBytes() {
        return packBytes.get();
    }

    /** All that came from the origin for this snapshot. */
    public long originBytes() {
        return companionBytes() + mapBytes() + packBytes();
    }

    /** Ends requests under way. */
    @Override
    public void close() {
        cancellation.cancel("the images are closed");
        threads.shutdown();
    }
}
