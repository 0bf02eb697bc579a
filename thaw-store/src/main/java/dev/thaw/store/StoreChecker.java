package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads everything that is published. Repairing writes damaged frames anew where a good copy is near by, and for the
 * rest makes a store that tells the truth: what is damaged or lost is not published any more, so that the next boot
 * freezes it anew, and nothing new refers to a damaged pack.
 */
final class StoreChecker {
    private final PointerStore pointers;
    private final Images images;
    private final Manifests manifests;
    private final BaseCheck bases;
    private final CondemnedCheck condemned;
    private final PackCheck packs;
    private final boolean repair;
    private final List<StoreCheck.Finding> findings;
    private int snapshots;

    StoreChecker(
            PointerStore pointers,
            Images images,
            Manifests manifests,
            BaseCheck bases,
            CondemnedCheck condemned,
            PackCheck packs,
            boolean repair,
            List<StoreCheck.Finding> findings) {
        this.pointers = requireNonNull(pointers, "pointers is null");
        this.images = requireNonNull(images, "images is null");
        this.manifests = requireNonNull(manifests, "manifests is null");
        this.bases = requireNonNull(bases, "bases is null");
        this.condemned = requireNonNull(condemned, "condemned is null");
        this.packs = requireNonNull(packs, "packs is null");
        this.repair = repair;
        this.findings = requireNonNull(findings, "findings is null");
    }

    /** What a snapshot consists of, as far as it could be read. */
    private record Looked(PointerStore.Read read, List<BlockMap> maps, Optional<String> damage) {}

    StoreCheck check(List<Domain> domains, Instant now, Cancellation cancellation) throws StoreException {
        List<Looked> looked = new ArrayList<>();
        Map<Domain, Condemned> lists = new LinkedHashMap<>();
        for (Domain domain : domains) {
            lists.put(domain, condemned.read(domain, now, cancellation));
            for (String key : pointers.keys(PointerStore.prefix(domain), cancellation)) {
                look(domain, key, cancellation).ifPresent(looked::add);
            }
            bases.look(domain, cancellation);
        }
        Map<FrameKey, FrameRef> frames = new HashMap<>();
        bases.frames().forEach(frame -> frames.put(frame.key(), frame));
        looked.forEach(one -> one.maps().forEach(map -> map.frames().forEach(frame -> frames.put(frame.key(), frame))));
        Map<FrameKey, String> bad = packs.check(lists, frames.values(), cancellation);
        bases.judge(bad, cancellation);
        for (Looked one : looked) {
            judge(one, bad, cancellation);
        }
        return new StoreCheck(snapshots, packs.readBytes(), findings);
    }

    private Optional<Looked> look(Domain domain, String key, Cancellation cancellation) throws StoreException {
        PointerStore.Read read;
        try {
            read = pointers.read(domain, key, cancellation);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.UNSUPPORTED) {
                add(key, "It is of another version of Thaw and was left alone: " + e.getMessage(), false);
                return Optional.empty();
            }
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            boolean done = repair && withdraw(pointers.readToReplace(domain, key, cancellation), cancellation);
            add(key, "The pointer cannot be read: " + e.getMessage(), done);
            return Optional.empty();
        }
        if (read.snapshot().isEmpty()) {
            return Optional.empty();
        }
        snapshots++;
        return Optional.of(look(domain, read, cancellation));
    }

    private Looked look(Domain domain, PointerStore.Read read, Cancellation cancellation) throws StoreException {
        List<BlockMap> maps = new ArrayList<>();
        for (Part part : read.snapshot().orElseThrow().manifest().parts()) {
            ImageRef image = read.snapshot().get().image(part.kind());
            try {
                BlockMap map = images.read(domain, image, cancellation);
                maps.add(map);
                if (map.sizeBytes() != part.sizeBytes()) {
                    return new Looked(read, maps, Optional.of("the block map of its " + part + " is of another size"));
                }
            } catch (StoreException e) {
                switch (e.code()) {
                    case CORRUPT, NOT_FOUND, UNSUPPORTED -> {
                        add(image.key(domain), String.valueOf(e.getMessage()), false);
                        return new Looked(read, maps, Optional.of("its " + part + " has no block map"));
                    }
                    default -> throw e;
                }
            }
        }
        lookAtManifest(domain, read.snapshot().get(), cancellation);
        return new Looked(read, maps, Optional.empty());
    }

    /** The pointer has a good copy of it. */
    private void lookAtManifest(Domain domain, StoredSnapshot snapshot, Cancellation cancellation)
            throws StoreException {
        if (!manifests.isRight(domain, snapshot, cancellation)) {
            if (repair) {
                manifests.write(domain, snapshot, cancellation);
            }
            add(Manifests.key(domain, snapshot), "The manifest is not what its pointer says, or lost.", repair);
        }
    }

    private void judge(Looked one, Map<FrameKey, String> bad, Cancellation cancellation) throws StoreException {
        Optional<String> damage = one.damage();
        for (BlockMap map : one.maps()) {
            if (damage.isEmpty()) {
                damage = map.frames().stream()
                        .filter(frame -> bad.containsKey(frame.key()))
                        .findFirst()
                        .map(frame -> "frame " + frame.number() + " of pack " + frame.pack() + " is damaged or lost");
            }
        }
        if (damage.isPresent()) {
            Manifest manifest = one.read().snapshot().orElseThrow().manifest();
            boolean done = repair && withdraw(one.read(), cancellation);
            add(
                    one.read().key(),
                    "The snapshot " + manifest.id() + " of " + manifest.revision() + " is not whole: " + damage.get()
                            + ".",
                    done);
        }
    }

    private boolean withdraw(PointerStore.Read read, Cancellation cancellation) throws StoreException {
        return pointers.replace(read, Optional.empty(), false, cancellation);
    }

    private void add(String key, String text, boolean repaired) {
        findings.add(new StoreCheck.Finding(key, text, repaired));
    }
}
