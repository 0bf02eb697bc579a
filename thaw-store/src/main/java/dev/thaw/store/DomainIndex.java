package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockFingerprint;
import dev.thaw.store.chunk.BlockId;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.Identifier;
import dev.thaw.store.chunk.IdentityMemo;
import dev.thaw.store.chunk.PackId;
import dev.thaw.store.chunk.PackIndex;
import dev.thaw.store.chunk.PackLayout;
import dev.thaw.store.chunk.RememberingIdentifier;
import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ListedObject;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which blocks a trust domain has stored in its current epoch, so that no block is stored twice: the packs' own indexes,
 * read once by this process and kept. Condemned packs are left out.
 */
final class DomainIndex {
    static final String PACKS = "packs";

    /** 4 GiB of distinct blocks take about 50 MB here; beyond 32 GiB the oldest packs are not looked into. */
    private static final long MAX_BLOCKS = 8L << 20;

    private static final int PACK_SHIFT = 32;
    private static final int FRAME_SHIFT = 8;
    private static final int BLOCK_MASK = 0xff;

    private static final Logger LOG = LoggerFactory.getLogger(DomainIndex.class);

    private final ObjectStore objects;
    private final Domains domains;
    private final BlockTable table = new BlockTable();
    private final List<List<FrameRef>> packs = new ArrayList<>(); // guarded by this
    private final Map<PackId, Integer> numbers = new HashMap<>(); // guarded by this
    private final IdentityMemo memo;

    /** By epoch. */
    private final Map<Integer, BlockFingerprint> fingerprints = new ConcurrentHashMap<>();

    private int epoch; // guarded by this

    /** @param memo which may be shared with other domains */
    DomainIndex(ObjectStore objects, Domains domains, IdentityMemo memo) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.memo = requireNonNull(memo, "memo is null");
    }

    /** An identifier of blocks for one thread, which knows those that were met before under this key of the domain. */
    RememberingIdentifier remembering(DataKey key, Identifier identifier) {
        return new RememberingIdentifier(
                identifier,
                memo,
                fingerprints.computeIfAbsent(key.epoch(), _ -> new BlockFingerprint(new SecureRandom())));
    }

    static String key(Domain domain, PackId pack) {
        return domain.prefix(PACKS) + pack;
    }

    static String key(FrameRef frame) {
        return "domains/" + frame.domain() + "/" + PACKS + "/" + frame.pack();
    }

    /**
     * Learns what others have stored and condemned since.
     *
     * @return every pack of the domain that is there and not condemned, whatever its epoch
     */
    synchronized Set<PackId> refresh(Domain domain, Condemned condemned, Cancellation cancellation)
            throws StoreException {
        String prefix = domain.prefix(PACKS);
        List<ListedObject> listed = new ArrayList<>();
        objects.list(prefix, listed::add, cancellation);
        Set<PackId> there = new HashSet<>();
        Map<PackId, ListedObject> unknown = new HashMap<>();
        for (ListedObject object : listed) {
            Optional<PackId> pack = name(object.key().substring(prefix.length()));
            if (pack.isPresent() && !condemned.has(object.key())) {
                there.add(pack.get());
                if (pack.get().epoch() == domain.current().epoch() && !numbers.containsKey(pack.get())) {
                    unknown.put(pack.get(), object);
                }
            }
        }
        forgetAllBut(there, domain.current().epoch());
        load(domain, unknown, cancellation);
        return there;
    }

    private static Optional<PackId> name(String text) {
        try {
            return Optional.of(PackId.parse(text));
        } catch (StoreException e) {
            return Optional.empty(); // not ours, and of no use
        }
    }

    private void forgetAllBut(Set<PackId> there, int current) {
        if (epoch == current && there.containsAll(numbers.keySet())) {
            return;
        }
        epoch = current;
        Set<Integer> gone = new HashSet<>();
        numbers.entrySet().removeIf(entry -> {
            boolean isGone = !there.contains(entry.getKey()) || entry.getKey().epoch() != current;
            if (isGone) {
                gone.add(entry.getValue());
            }
            return isGone;
        });
        gone.forEach(number -> packs.set(number, List.of()));
        table.removeIf(place -> gone.contains(packOf(place)));
    }

    private void load(Domain domain, Map<PackId, ListedObject> unknown, Cancellation cancellation)
            throws StoreException {
        List<Map.Entry<PackId, ListedObject>> newestFirst = new ArrayList<>(unknown.entrySet());
        newestFirst.sort(Comparator.comparing((Map.Entry<PackId, ListedObject> entry) ->
                        entry.getValue().modified())
                .reversed());
        List<Optional<PackIndex>> indexes = Parallel.map(
                newestFirst, entry -> read(domain, entry.getKey(), entry.getValue(), cancellation), cancellation);
        for (Optional<PackIndex> index : indexes) {
            if (index.isPresent() && table.size() < MAX_BLOCKS) {
                add(index.get());
            }
        }
    }

    /** Empty when the pack cannot be read, or is gone again: then nobody should refer to it. */
    private Optional<PackIndex> read(Domain domain, PackId pack, ListedObject object, Cancellation cancellation)
            throws StoreException {
        try {
            return Optional.of(read(objects, domain, pack, object.sizeBytes(), cancellation));
        } catch (StoreException e) {
            switch (e.code()) {
                case CORRUPT, UNSUPPORTED, INVALID, NOT_FOUND -> {
                    LOG.warn("A pack is not shared with pack={} reason={}", pack, e.getMessage());
                    return Optional.empty();
                }
                default -> throw e;
            }
        }
    }

    /** Reads a pack's own index: one short read of its tail, or two where the index is long. */
    static PackIndex read(ObjectStore objects, Domain domain, PackId pack, long packBytes, Cancellation cancellation)
            throws StoreException {
        byte[] tail = tail(objects, key(domain, pack), packBytes, PackLayout.LIKELY_TAIL_BYTES, cancellation);
        long wanted = packBytes - PackLayout.indexPlace(pack, tail, packBytes).offset();
        if (wanted > tail.length) {
            tail = tail(objects, key(domain, pack), packBytes, wanted, cancellation);
        }
        return PackLayout.index(domain.key(pack.epoch()), domain.folder(), pack, tail, packBytes);
    }

    private static byte[] tail(ObjectStore objects, String key, long packBytes, long wanted, Cancellation cancellation)
            throws StoreException {
        long length = Math.min(packBytes, wanted);
        if (length <= 0) {
            throw new StoreException(StoreException.Code.CORRUPT, key + " is empty.");
        }
        try (ObjectReader reader = objects.get(key, new ByteRange(packBytes - length, length), cancellation)) {
            return reader.readAll(PackLayout.MAX_PACK_BYTES);
        }
    }

    /** Notes what a pack that has been stored holds. */
    synchronized void add(PackIndex index) {
        if (numbers.containsKey(index.pack()) || index.pack().epoch() != epoch) {
            return;
        }
        int number = packs.size();
        packs.add(index.frames());
        numbers.put(index.pack(), number);
        for (int frame = 0; frame < index.frames().size(); frame++) {
            for (int block = 0; block < index.frames().get(frame).blocks(); block++) {
                table.putIfAbsent(index.identity(frame, block), place(number, frame, block));
            }
        }
    }

    /** Where a block is, or {@link BlockTable#NONE}. */
    long find(BlockId id) {
        return table.get(id);
    }

    /** The frame of a place; empty when its pack has been forgotten since, for it was condemned or is of an old epoch. */
    synchronized Optional<FrameRef> frame(long place) {
        List<FrameRef> frames = packs.get(packOf(place));
        return frames.isEmpty() ? Optional.empty() : Optional.of(frames.get(frameOf(place)));
    }

    static long place(int pack, int frame, int block) {
        return (long) pack << PACK_SHIFT | (long) frame << FRAME_SHIFT | block;
    }

    static int packOf(long place) {
        return (int) (place >>> PACK_SHIFT);
    }

    static int frameOf(long place) {
        return (int) place >>> FRAME_SHIFT;
    }

    static int blockOf(long place) {
        return (int) place & BLOCK_MASK;
    }
}
