package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockId;
import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.BlockMapBuilder;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.PackIndex;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.FileErrors;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stores the blocks of some images that the domain lacks, in one pass over each: looks for zeros, hashes, looks up,
 * compresses, encrypts, packs, and uploads meanwhile.
 *
 * <h2>Lanes</h2>
 *
 * Each of a few threads takes the next window of an image and has a pack of its own under way, so that none waits for
 * another. A block that two of them find new at once goes where the first put it. What waits to be uploaded is bounded:
 * a lane whose pack is full waits for its turn.
 *
 * <h2>Places</h2>
 *
 * Blocks found in the domain's index have their places there. New ones get a place in a pack of this session, numbered
 * as its packs begin. Blocks of a public base have a place in that domain's index.
 */
final class ChunkWriter implements AutoCloseable {
    /** Read at once: what the second-level cache keeps until it is hashed. */
    private static final int WINDOW_BLOCKS = 64;

    private static final byte[] ZEROS = new byte[Blocks.BYTES];

    private final Domain domain;
    private final DomainIndex index;
    private final Optional<PublicBlocks> base;
    private final PackUploads uploads;
    private final PublishThreads threads;
    private final Cancellation cancellation;
    private final List<PublishLane> lanes = new ArrayList<>();

    /** Blocks that this session found or stored, and that the index does not have: new ones, and those of the base. */
    private final BlockTable found = new BlockTable();

    private final AtomicLong newBytes = new AtomicLong();

    /** The other domain that root file systems may refer to. */
    record PublicBlocks(Domain domain, DomainIndex index) {}

    ChunkWriter(
            Domain domain,
            DomainIndex index,
            Optional<PublicBlocks> base,
            PackUploads uploads,
            PublishThreads threads,
            Cancellation cancellation) {
        this.domain = requireNonNull(domain, "domain is null");
        this.index = requireNonNull(index, "index is null");
        this.base = requireNonNull(base, "base is null");
        this.uploads = requireNonNull(uploads, "uploads is null");
        this.threads = requireNonNull(threads, "threads is null");
        this.cancellation = requireNonNull(cancellation, "cancellation is null");
        for (int i = 0; i < threads.lanes(); i++) {
            lanes.add(new PublishLane(domain, index, base, uploads));
        }
    }

    /** An image whose blocks have been stored, or are about to be: see {@link #finish}. */
    record Written(long sizeBytes, long[] places) {}

    /**
     * @param publicToo whether its blocks may be referred to in the public domain
     * @throws StoreException INVALID when the file cannot be read
     */
    Written write(Path file, boolean publicToo) throws StoreException {
        try (FileChannel image = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = image.size();
            long[] places = new long[Math.toIntExact(Blocks.count(size))];
            Arrays.fill(places, BlockTable.NONE);
            Scan scan = new Scan(image, size, DataBlocks.of(file, size), places, new AtomicInteger(), publicToo);
            threads.runAll(lanes.stream()
                    .map(lane -> (PublishThreads.Work) () -> scan(lane, scan))
                    .toList());
            return new Written(size, places);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.INVALID, "An image to be published cannot be read: " + FileErrors.text(e), e);
        }
    }

    /**
     * One image's, which all lanes share.
     *
     * @param next the first block that no lane has taken
     */
    private record Scan(
            FileChannel image, long sizeBytes, BitSet data, long[] places, AtomicInteger next, boolean publicToo) {
        /** The next blocks that are to be looked at: at most a window, in a row. Empty when there are no more. */
        Window take() {
            while (true) {
                int taken = next.get();
                int from = data.nextSetBit(taken);
                if (from < 0) {
                    return new Window(0, 0);
                }
                int to = Math.min(data.nextClearBit(from), from + WINDOW_BLOCKS);
                if (next.compareAndSet(taken, to)) {
                    return new Window(from, to);
                }
            }
        }
    }

    /** Blocks, the last excluded. */
    private record Window(int from, int to) {}

    private void scan(PublishLane lane, Scan scan) throws StoreException {
        byte[] bytes = new byte[WINDOW_BLOCKS * Blocks.BYTES];
        for (Window window = scan.take(); window.to() > 0; window = scan.take()) {
            cancellation.check();
            long at = (long) window.from() * Blocks.BYTES;
            int length = (int) (Math.min(scan.sizeBytes(), (long) window.to() * Blocks.BYTES) - at);
            readFully(scan.image(), at, bytes, length);
            for (int offset = 0; offset < length; offset += Blocks.BYTES) {
                int count = Math.min(Blocks.BYTES, length - offset);
                if (!Arrays.equals(bytes, offset, offset + count, ZEROS, 0, count)) {
                    scan.places()[window.from() + offset / Blocks.BYTES] =
                            place(lane, bytes, offset, count, scan.publicToo());
                }
            }
        }
        lane.endImage();
    }

    private static void readFully(FileChannel image, long at, byte[] window, int length) throws StoreException {
        ByteBuffer target = ByteBuffer.wrap(window, 0, length);
        try {
            while (target.hasRemaining()) {
                if (image.read(target, at + target.position()) < 0) {
                    throw new StoreException(StoreException.Code.INVALID, "An image became shorter while it was read.");
                }
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.INVALID, "An image to be published cannot be read: " + FileErrors.text(e), e);
        }
    }

    private long place(PublishLane lane, byte[] bytes, int offset, int length, boolean publicToo)
            throws StoreException {
        BlockId id = lane.identifier().block(bytes, offset, length);
        long known = index.find(id);
        if (known != BlockTable.NONE) {
            return Space.OWN.mark(known);
        }
        long seen = found.get(id);
        if (seen != BlockTable.NONE) {
            return seen;
        }
        if (publicToo && base.isPresent()) {
            BlockId publicId = lane.publicIdentifier().block(bytes, offset, length);
            long there = base.get().index().find(publicId);
            if (there != BlockTable.NONE) {
                long place = Space.PUBLIC.mark(there);
                found.putIfAbsent(id, place);
                return place;
            }
        }
        long mine = Space.NEW.mark(lane.nextPlace());
        long other = found.putIfAbsent(id, mine);
        if (other != BlockTable.NONE) {
            return other;
        }
        lane.add(id, bytes, offset, length);
        newBytes.addAndGet(length);
        return mine;
    }

    /** Which list of packs a place is in; the two highest bits but the sign. */
    private enum Space {
        OWN,
        NEW,
        PUBLIC;

        private static final int SHIFT = 60;

        long mark(long place) {
            return place | (long) ordinal() << SHIFT;
        }

        static Space of(long place) {
            return values()[(int) (place >>> SHIFT)];
        }

        static long unmarked(long place) {
            return place & (1L << SHIFT) - 1;
        }
    }

    /**
     * Ends the packs and waits until all is stored. Afterwards other publications can refer to what this one stored.
     *
     * @return the packs of this session
     */
    List<PackIndex> finish() throws StoreException {
        for (PublishLane lane : lanes) {
            lane.finish();
        }
        List<PackIndex> packs = uploads.finish();
        packs.forEach(index::add);
        return packs;
    }

    /** How many bytes of new blocks there were. */
    long newBytes() {
        return newBytes.get();
    }

    /**
     * After {@link #finish}.
     *
     * @return empty when a block that was found has been condemned meanwhile: then it is all to be done again
     */
    Optional<BlockMap> map(Written image) {
        BlockMapBuilder map = new BlockMapBuilder(image.sizeBytes());
        for (int block = 0; block < image.places().length; block++) {
            long marked = image.places()[block];
            if (marked != BlockTable.NONE) {
                long place = Space.unmarked(marked);
                Optional<FrameRef> frame = switch (Space.of(marked)) {
                    case OWN -> index.frame(place);
                    case PUBLIC -> base.orElseThrow().index().frame(place);
                    case NEW -> Optional.of(uploads.frame(DomainIndex.packOf(place), DomainIndex.frameOf(place)));
                };
                if (frame.isEmpty()) {
                    return Optional.empty();
                }
                map.add(block, frame.get(), DomainIndex.blockOf(place));
            }
        }
        return Optional.of(map.build());
    }

    @Override
    public void close() {
        lanes.forEach(PublishLane::close);
        uploads.close();
    }
}
