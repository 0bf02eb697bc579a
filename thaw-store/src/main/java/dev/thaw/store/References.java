package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The keys of all objects that published snapshots and public bases refer to. Whatever cannot be read is an error: what it refers to would be taken for dead. */
final class References {
    private final PointerStore pointers;
    private final Images images;
    private final PublicBases bases;
    private final Set<String> living = new HashSet<>();

    References(PointerStore pointers, Images images, PublicBases bases) {
        this.pointers = requireNonNull(pointers, "pointers is null");
        this.images = requireNonNull(images, "images is null");
        this.bases = requireNonNull(bases, "bases is null");
    }

    Set<String> of(List<Domain> domains, Cancellation cancellation) throws StoreException {
        for (Domain domain : domains) {
            for (String key : pointers.keys(PointerStore.prefix(domain), cancellation)) {
                PointerStore.Read read = pointers.read(domain, key, cancellation);
                if (read.snapshot().isPresent()) {
                    add(domain, read.snapshot().get(), cancellation);
                }
            }
            for (PublicBases.Base base : bases.list(domain, cancellation)) {
                add(domain, base.rootfs(), cancellation);
            }
        }
        return living;
    }

    private void add(Domain domain, StoredSnapshot snapshot, Cancellation cancellation) throws StoreException {
        living.add(Manifests.key(domain, snapshot));
        snapshot.hot().ifPresent(hot -> living.add(hot.key(domain)));
        for (ImageRef image : snapshot.images()) {
            add(domain, image, cancellation);
        }
    }

    private void add(Domain domain, ImageRef image, Cancellation cancellation) throws StoreException {
        living.add(image.key(domain));
        BlockMap map;
        try {
            map = images.read(domain, image, cancellation);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return; // lost already, and fsck says so; there is nothing that it could keep alive
            }
            throw e;
        }
        for (FrameRef frame : map.frames()) {
            living.add(DomainIndex.key(frame));
        }
    }
}
