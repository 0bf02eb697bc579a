package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockId;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.Identifier;
import dev.thaw.store.chunk.PackId;
import dev.thaw.store.chunk.PackIndex;
import dev.thaw.store.chunk.PackLayout;
import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads packs as a whole and verifies every frame that is used: that it opens, and that its identity is that of its
 * bytes. A damaged frame is replaced from a cache that has its sealed bytes.
 */
final class PackCheck {
    private final ObjectStore objects;
    private final Domains domains;
    private final Clock clock;
    private final boolean repair;
    private final List<FrameCache> copies;
    private final List<StoreCheck.Finding> findings;
    private final OpenerPool openers = new OpenerPool();
    private long readBytes;

    /** @param copies where good copies of frames may be */
    PackCheck(
            ObjectStore objects,
            Domains domains,
            Clock clock,
            boolean repair,
            List<FrameCache> copies,
            List<StoreCheck.Finding> findings) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.repair = repair;
        this.copies = List.copyOf(copies);
        this.findings = requireNonNull(findings, "findings is null");
    }

    long readBytes() {
        return readBytes;
    }

    /**
     * Also packs that nothing refers to are looked at: the next publication may.
     *
     * @param used the frames that block maps refer to
     * @return those of them that are damaged or lost, and not repaired, with what is wrong
     */
    Map<FrameKey, String> check(List<Domain> all, Collection<FrameRef> used, Cancellation cancellation)
            throws StoreException {
        Map<String, List<FrameRef>> packs = new TreeMap<>();
        for (Domain domain : all) {
            objects.list(
                    domain.prefix(DomainIndex.PACKS),
                    object -> packs.put(object.key(), new ArrayList<>()),
                    cancellation);
        }
        used.forEach(frame -> packs.computeIfAbsent(DomainIndex.key(frame), _ -> new ArrayList<>())
                .add(frame));
        Map<FrameKey, String> bad = new HashMap<>();
        for (Map.Entry<String, List<FrameRef>> pack : packs.entrySet()) {
            bad.putAll(checkPack(pack.getKey(), pack.getValue(), cancellation));
        }
        openers.close();
        return bad;
    }

    private Map<FrameKey, String> checkPack(String key, List<FrameRef> used, Cancellation cancellation)
            throws StoreException {
        cancellation.check();
        Map<FrameKey, String> bad = new HashMap<>();
        byte[] bytes;
        try {
            bytes = read(key, cancellation);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.NOT_FOUND && e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            used.forEach(frame -> bad.put(frame.key(), String.valueOf(e.getMessage())));
            findings.add(new StoreCheck.Finding(key, "The pack cannot be read: " + e.getMessage(), false));
            return bad;
        }
        readBytes += bytes.length;
        PackName name = PackName.of(key);
        Optional<PackIndex> index = index(name, bytes, cancellation);
        Map<FrameKey, FrameRef> frames = new LinkedHashMap<>();
        index.ifPresent(present -> present.frames().forEach(frame -> frames.put(frame.key(), frame)));
        used.forEach(frame -> frames.put(frame.key(), frame));
        boolean changed = false;
        for (FrameRef frame : frames.values()) {
            Optional<String> damage = damage(frame, bytes, cancellation);
            if (damage.isPresent()) {
                Optional<byte[]> copy =
                        repair && frame.end() <= bytes.length ? copy(frame, cancellation) : Optional.empty();
                if (copy.isPresent()) {
                    System.arraycopy(copy.get(), 0, bytes, (int) frame.offset(), frame.length());
                    changed = true;
                } else {
                    bad.put(frame.key(), damage.get());
                }
            }
        }
        finish(key, name, bytes, changed, index.isPresent(), bad, cancellation);
        return bad;
    }

    /** What a key says of its pack. */
    private record PackName(String folder, PackId pack) {
        static PackName of(String key) throws StoreException {
            String[] segments = key.split("/");
            return new PackName(segments[1], PackId.parse(segments[segments.length - 1]));
        }
    }

    private byte[] read(String key, Cancellation cancellation) throws StoreException {
        try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
            return reader.readAll(PackLayout.MAX_PACK_BYTES);
        }
    }

    private Optional<String> damage(FrameRef frame, byte[] bytes, Cancellation cancellation) throws StoreException {
        if (frame.end() > bytes.length) {
            return Optional.of("the pack ends before it");
        }
        try {
            verify(frame, bytes, (int) frame.offset(), cancellation);
            return Optional.empty();
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT && e.code() != StoreException.Code.UNSUPPORTED) {
                throw e;
            }
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private void verify(FrameRef frame, byte[] bytes, int offset, Cancellation cancellation) throws StoreException {
        try (OpenerPool.Opener opener = openers.take()) {
            opener.cipher().open(domains.keyOf(frame, cancellation), frame, bytes, offset, opener.plain());
            Identifier identifier = new Identifier(domains.keyOf(frame, cancellation));
            ByteBuffer ids = ByteBuffer.allocate(frame.blocks() * BlockId.BYTES);
            for (int at = 0; at < frame.plainBytes(); at += Blocks.BYTES) {
                BlockId id = identifier.block(opener.plain(), at, Math.min(Blocks.BYTES, frame.plainBytes() - at));
                ids.putLong(id.high()).putLong(id.low());
            }
            if (!identifier.frame(ids.array(), 0, ids.capacity()).equals(frame.identity())) {
                throw new StoreException(
                        StoreException.Code.CORRUPT, "Frame " + frame.key() + " has not the identity of its bytes.");
            }
        }
    }

    private Optional<byte[]> copy(FrameRef frame, Cancellation cancellation) throws StoreException {
        for (FrameCache cache : copies) {
            Optional<byte[]> sealed = cache.get(frame.key());
            if (sealed.isPresent() && sealed.get().length == frame.length()) {
                try {
                    verify(frame, sealed.get(), 0, cancellation);
                    return sealed;
                } catch (StoreException e) {
                    if (e.code() != StoreException.Code.CORRUPT) {
                        throw e;
                    }
                    cache.discard(frame.key());
                }
            }
        }
        return Optional.empty();
    }

    private void finish(
            String key,
            PackName name,
            byte[] bytes,
            boolean changed,
            boolean rightIndex,
            Map<FrameKey, String> bad,
            Cancellation cancellation)
            throws StoreException {
        if (changed) {
            objects.put(key, Body.of(bytes), Condition.always(), cancellation);
            findings.add(new StoreCheck.Finding(key, "Damaged frames were replaced by copies from a cache.", true));
        }
        Domain domain = domains.byFolder(name.folder(), cancellation);
        if (!bad.isEmpty() || !rightIndex) {
            boolean known =
                    Condemned.read(objects, domains, domain, cancellation).has(key);
            if (repair && !known) {
                Condemned.damaged(objects, domains, domain, key, clock.instant(), cancellation);
            }
            if (!known) {
                String what = bad.isEmpty()
                        ? "The pack's index or header is damaged: its blocks can be read, and are not shared with"
                                + " new snapshots."
                        : bad.size() + " frames are damaged: "
                                + bad.values().iterator().next();
                findings.add(new StoreCheck.Finding(key, what, repair));
            }
        } else if (changed) {
            Condemned.repaired(objects, domains, domain, key, cancellation);
        }
    }

    private Optional<PackIndex> index(PackName name, byte[] bytes, Cancellation cancellation) throws StoreException {
        try {
            DataKey key = domains.byFolder(name.folder(), cancellation)
                    .key(name.pack().epoch());
            PackIndex index = PackLayout.index(key, name.folder(), name.pack(), bytes, bytes.length);
            return PackLayout.isHeader(bytes, name.pack()) ? Optional.of(index) : Optional.empty();
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.CORRUPT || e.code() == StoreException.Code.UNSUPPORTED) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
