package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion;
import dev.thaw.store.chunk.HotCompanion.BlockReader;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.FileErrors;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/** Writes hot companions: the device state first, then what was touched, then a pointer that names it. */
final class HotPublisher {
    private final ObjectStore objects;
    private final Domain domain;
    private final PointerStore pointers;
    private final Images images;

    HotPublisher(ObjectStore objects, Domain domain, PointerStore pointers, Images images) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domain = requireNonNull(domain, "domain is null");
        this.pointers = requireNonNull(pointers, "pointers is null");
        this.images = requireNonNull(images, "images is null");
    }

    /**
     * @param replaces the companion that is to be replaced; empty for whatever is there
     * @return false when another snapshot, or another companion, is visible by now
     */
    boolean publish(
            Manifest manifest,
            Optional<HotRef> replaces,
            List<HotBlock> touched,
            BlockReader blocks,
            Cancellation cancellation)
            throws StoreException {
        String name = Images.freshName();
        HotCompanion.Written written = write(manifest, name, touched, blocks, cancellation);
        HotRef ref = new HotRef(name, written.bytes().length, written.mapBytes());
        byte[] head = PointerObject.headOf(written.bytes());
        String key =
                PointerStore.key(domain, manifest.identity(), manifest.fit().id());
        for (int attempt = 1; attempt <= PointerStore.ATTEMPTS; attempt++) {
            PointerStore.Read read = pointers.read(domain, key, cancellation);
            Optional<StoredSnapshot> there = read.snapshot()
                    .filter(snapshot -> snapshot.manifest().equals(manifest))
                    .filter(snapshot -> replaces.isEmpty() || snapshot.hot().equals(replaces));
            if (there.isEmpty()) {
                return false;
            }
            StoredSnapshot next = there.get().withHot(ref);
            if (pointers.replace(read, Optional.of(next), head, read.pinned(), cancellation)) {
                images.learn(next);
                return true;
            }
        }
        throw PointerStore.contended(manifest.revision());
    }

    private HotCompanion.Written write(
            Manifest manifest, String name, List<HotBlock> touched, BlockReader blocks, Cancellation cancellation)
            throws StoreException {
        String key = HotRef.prefix(domain) + name;
        HotCompanion.Written written;
        try {
            written = HotCompanion.write(domain.current(), domain.folder(), key, order(manifest, touched), blocks);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.INVALID, "What a thaw touches cannot be read: " + FileErrors.text(e), e);
        }
        objects.put(key, Body.of(ByteBuffer.wrap(written.bytes())), Condition.absent(), cancellation);
        return written;
    }

    private static List<HotBlock> order(Manifest manifest, List<HotBlock> touched) {
        LinkedHashSet<HotBlock> order = new LinkedHashSet<>();
        for (int block = 0; block < Blocks.count(manifest.state().sizeBytes()); block++) {
            order.add(new HotBlock(PartKind.STATE.ordinal(), block));
        }
        order.addAll(touched);
        return new ArrayList<>(order);
    }
}
