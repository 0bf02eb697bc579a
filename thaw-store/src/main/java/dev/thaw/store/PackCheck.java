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
import java.util.Arrays;
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
    private final Map<String, Condemned> condemned = new HashMap<>(); // by folder
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
     * @param lists every domain that is looked at, and what of it is condemned
     * @param used the frames that block maps refer to
     * @return those of them that are damaged or lost, and not repaired, with what is wrong
     */
    Map<FrameKey, String> check(Map<Domain, Condemned> lists, Collection<FrameRef> used, Cancellation cancellation)
            throws StoreException {
        Map<String, List<FrameRef>> packs = new TreeMap<>();
        for (Map.Entry<Domain, Condemned> domain : lists.entrySet()) {
            condemned.put(domain.getKey().folder(), domain.getValue());
            objects.list(
                    domain.getKey().prefix(DomainIndex.PACKS),
                    object -> packs.put(object.key(), new ArrayList<>()),
                    cancellation);
        }
        for (FrameRef frame : used) {
            if (condemned.containsKey(frame.domain())) {
                packs.computeIfAbsent(DomainIndex.key(frame), _ -> new ArrayList<>())
                        .add(frame);
            } else {
                addUnreadable(frame.domain());
            }
        }
        Map<FrameKey, String> bad = new HashMap<>();
        for (Map.Entry<String, List<FrameRef>> pack : packs.entrySet()) {
            bad.putAll(checkPack(pack.getKey(), pack.getValue(), cancellation));
        }
        openers.close();
        return bad;
    }

    /** Data of a domain that this node cannot open, or whose keys are lost, is neither right nor wrong. */
    private void addUnreadable(String folder) {
        String key = Domains.PREFIX + folder;
        if (findings.stream().noneMatch(finding -> finding.key().equals(key))) {
            findings.add(new StoreCheck.Finding(key, "The keys are lost of data that is in use.", false));
        }
    }

    private Map<FrameKey, String> checkPack(String key, List<FrameRef> used, Cancellation cancellation)
            throws StoreException {
        cancellation.check();
        Optional<PackName> parsed = PackName.of(key);
        if (parsed.isEmpty()) {
            condemn(key, key.split("/", 3)[1], "It is no pack.", cancellation);
            return Map.of();
        }
        PackName name = parsed.get();
        Optional<byte[]> stored = read(key, cancellation);
        byte[] bytes = stored.orElseGet(() -> new byte[0]);
        readBytes += bytes.length;
        Optional<PackIndex> index = index(name, bytes, cancellation);
        Map<FrameKey, FrameRef> frames = new LinkedHashMap<>();
        index.ifPresent(present -> present.frames().forEach(frame -> frames.put(frame.key(), frame)));
        used.forEach(frame -> frames.put(frame.key(), frame));
        Map<FrameKey, String> bad = new HashMap<>();
        Map<FrameRef, byte[]> good = new LinkedHashMap<>();
        for (FrameRef frame : frames.values()) {
            Optional<String> damage = damage(frame, bytes, cancellation);
            if (damage.isPresent()) {
                Optional<byte[]> copy = repair ? copy(frame, cancellation) : Optional.empty();
                copy.ifPresentOrElse(bytesOf -> good.put(frame, bytesOf), () -> bad.put(frame.key(), damage.get()));
            }
        }
        boolean wrongHeader = stored.isPresent() && !PackLayout.isHeader(bytes, name.pack());
        if (!good.isEmpty() || (repair && wrongHeader && index.isPresent())) {
            mend(key, name, bytes, good, cancellation);
            wrongHeader = false;
        }
        if (stored.isEmpty() && good.isEmpty()) {
            findings.add(new StoreCheck.Finding(key, "The pack is lost.", false));
        } else if (!bad.isEmpty()) {
            String first = bad.values().iterator().next();
            condemn(key, name.folder(), bad.size() + " frames are damaged: " + first, cancellation);
        } else if (index.isEmpty() || wrongHeader) {
            String what = "The pack's index or header is damaged: its blocks can be read, and are not shared with new"
                    + " snapshots.";
            condemn(key, name.folder(), what, cancellation);
        } else if (!good.isEmpty()) {
            Domain domain = domains.byFolder(name.folder(), cancellation);
            Condemned.repaired(objects, domains, domain, key, cancellation);
        }
        return bad;
    }

    /** What a key says of its pack. */
    private record PackName(String folder, PackId pack) {
        static Optional<PackName> of(String key) {
            String[] segments = key.split("/");
            try {
                return segments.length == 4
                        ? Optional.of(new PackName(segments[1], PackId.parse(segments[3])))
                        : Optional.empty();
            } catch (StoreException e) {
                return Optional.empty();
            }
        }
    }

    /** Puts good frames where they belong; what is too short, or lost, becomes as long as they need. */
    private void mend(String key, PackName name, byte[] bytes, Map<FrameRef, byte[]> good, Cancellation cancellation)
            throws StoreException {
        long end = good.keySet().stream().mapToLong(FrameRef::end).max().orElse(0);
        byte[] mended = Arrays.copyOf(bytes, (int) Math.max(bytes.length, end));
        good.forEach((frame, right) -> System.arraycopy(right, 0, mended, (int) frame.offset(), right.length));
        PackLayout.writeHeader(mended, name.pack());
        objects.put(key, Body.of(mended), Condition.always(), cancellation);
        findings.add(new StoreCheck.Finding(
                key, good.size() + " frames were replaced by copies from a cache, and the header written.", true));
    }

    /** From now on nothing new refers to it. Said once: whoever knows that a pack is damaged need not hear it again. */
    private void condemn(String key, String folder, String why, Cancellation cancellation) throws StoreException {
        Condemned list = condemned.get(folder);
        if (list != null && list.isDamaged(key)) {
            return;
        }
        if (repair && list != null) {
            Domain domain = domains.byFolder(folder, cancellation);
            Condemned.damaged(objects, domains, domain, key, clock.instant(), cancellation);
        }
        findings.add(new StoreCheck.Finding(key, why, repair && list != null));
    }

    /** Empty when it is lost. Of one that is longer than a pack can be, as much as a pack can have. */
    private Optional<byte[]> read(String key, Cancellation cancellation) throws StoreException {
        try {
            try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
                if (reader.lengthBytes() <= PackLayout.MAX_PACK_BYTES) {
                    return Optional.of(reader.readAll(PackLayout.MAX_PACK_BYTES));
                }
            }
            ByteRange front = new ByteRange(0, PackLayout.MAX_PACK_BYTES);
            try (ObjectReader reader = objects.get(key, front, cancellation)) {
                return Optional.of(reader.readAll(PackLayout.MAX_PACK_BYTES));
            }
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
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

    private Optional<PackIndex> index(PackName name, byte[] bytes, Cancellation cancellation) throws StoreException {
        try {
            DataKey key = domains.byFolder(name.folder(), cancellation)
                    .key(name.pack().epoch());
            return Optional.of(PackLayout.index(key, name.folder(), name.pack(), bytes, bytes.length));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.CORRUPT || e.code() == StoreException.Code.UNSUPPORTED) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
