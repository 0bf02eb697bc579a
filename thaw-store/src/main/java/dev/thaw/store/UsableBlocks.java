package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.ChunkWriter.PublicBlocks;
import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.IdentityMemo;
import dev.thaw.store.chunk.PackId;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What publications may refer to: all that is stored and has not been condemned. */
final class UsableBlocks {
    private static final Logger LOG = LoggerFactory.getLogger(UsableBlocks.class);

    private final ObjectStore objects;
    private final Domains domains;
    private final Images images;
    private final IdentityMemo memo = new IdentityMemo();
    private final Map<String, DomainIndex> indexes = new ConcurrentHashMap<>(); // by folder

    UsableBlocks(ObjectStore objects, Domains domains, Images images) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.images = requireNonNull(images, "images is null");
    }

    /** What of a domain this process knows to be stored. */
    DomainIndex index(Domain domain) {
        return indexes.computeIfAbsent(domain.folder(), _ -> new DomainIndex(objects, domains, memo));
    }

    /** What of a domain may be referred to. */
    record Usable(Set<PackId> packs, Condemned condemned) {}

    /** Learns what others have stored and condemned since. */
    Usable refresh(Domain domain, Cancellation cancellation) throws StoreException {
        Condemned condemned = Condemned.read(objects, domains, domain, cancellation);
        return new Usable(index(domain).refresh(domain, condemned, cancellation), condemned);
    }

    /** The blocks of public bases, which every other domain may refer to. */
    Optional<PublicBlocks> publicBlocks(Domain domain, Cancellation cancellation) throws StoreException {
        if (domain.name().equals(PublicBases.DOMAIN)) {
            return Optional.empty();
        }
        Optional<Domain> base = publicDomain(cancellation);
        if (base.isEmpty()) {
            return Optional.empty();
        }
        refresh(base.get(), cancellation);
        return Optional.of(new PublicBlocks(base.get(), index(base.get())));
    }

    /** Publishing goes on without bases where this node cannot read them. */
    private Optional<Domain> publicDomain(Cancellation cancellation) throws StoreException {
        try {
            return domains.find(PublicBases.DOMAIN, cancellation);
        } catch (StoreException e) {
            switch (e.code()) {
                case DENIED, CORRUPT, UNSUPPORTED -> {
                    LOG.warn("Public bases are not referred to reason={}", e.getMessage());
                    return Optional.empty();
                }
                default -> throw e;
            }
        }
    }

    /** Whether nothing that these refer to has been condemned, or is gone. */
    boolean isUsable(Domain domain, List<BlockMap> maps, List<ImageRef> refs, Cancellation cancellation)
            throws StoreException {
        Condemned own = Condemned.read(objects, domains, domain, cancellation);
        if (refs.stream().anyMatch(ref -> own.has(ref.key(domain)))) {
            return false;
        }
        Map<String, Condemned> byFolder = new HashMap<>(Map.of(domain.folder(), own));
        for (BlockMap map : maps) {
            for (FrameRef frame : map.frames()) {
                if (!byFolder.containsKey(frame.domain())) {
                    Domain other =
                            domains.find(PublicBases.DOMAIN, cancellation).orElseThrow();
                    byFolder.put(other.folder(), Condemned.read(objects, domains, other, cancellation));
                }
                if (requireNonNull(byFolder.get(frame.domain())).has(DomainIndex.key(frame))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether a published snapshot has all that it refers to. Its frames are not read. */
    boolean isWhole(Domain domain, StoredSnapshot snapshot, Usable usable, Cancellation cancellation)
            throws StoreException {
        List<String> missing = new ArrayList<>();
        Optional<Set<PackId>> publicPacks = Optional.empty();
        for (ImageRef ref : snapshot.images()) {
            BlockMap map;
            try {
                map = images.read(domain, ref, cancellation);
            } catch (StoreException e) {
                if (e.code() != StoreException.Code.CORRUPT && e.code() != StoreException.Code.NOT_FOUND) {
                    throw e;
                }
                missing.add(String.valueOf(e.getMessage()));
                continue;
            }
            for (FrameRef frame : map.frames()) {
                boolean own = frame.domain().equals(domain.folder());
                if (!own && publicPacks.isEmpty()) {
                    publicPacks = Optional.of(publicPacks(cancellation));
                }
                if (!(own ? usable.packs() : publicPacks.orElseThrow()).contains(frame.pack())) {
                    missing.add("pack " + frame.pack());
                }
            }
        }
        if (!missing.isEmpty()) {
            LOG.warn(
                    "A published snapshot is not whole snapshot={} lacks={}",
                    snapshot.manifest().id(),
                    missing.getFirst());
        }
        return missing.isEmpty();
    }

    private Set<PackId> publicPacks(Cancellation cancellation) throws StoreException {
        Optional<Domain> base = publicDomain(cancellation);
        return base.isPresent() ? refresh(base.get(), cancellation).packs() : Set.of();
    }
}
