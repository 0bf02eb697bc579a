package dev.thaw.store;

import dev.thaw.store.ChunkWriter.PublicBlocks;
import dev.thaw.store.chunk.BlockId;
import dev.thaw.store.chunk.FrameCipher;
import dev.thaw.store.chunk.Identifier;
import dev.thaw.store.chunk.PackBuilder;
import dev.thaw.store.chunk.RememberingIdentifier;
import dev.thaw.store.object.StoreException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What one thread of a publication has for itself: hashes, a cipher, and a pack under way. */
final class PublishLane implements AutoCloseable {
    private final Domain domain;
    private final PackUploads uploads;
    private final FrameCipher cipher = new FrameCipher();
    private final Identifier identifier;
    private final RememberingIdentifier blocks;
    private final Optional<RememberingIdentifier> publicBlocks;
    private @Nullable PackBuilder pack;
    private int packNumber;

    /**
     * @param index of {@code domain}
     * @param base the public domain, if there is one
     */
    PublishLane(Domain domain, DomainIndex index, Optional<PublicBlocks> base, PackUploads uploads) {
        this.domain = domain;
        this.uploads = uploads;
        this.identifier = new Identifier(domain.current());
        this.blocks = index.remembering(domain.current(), identifier);
        this.publicBlocks = base.map(other -> other.index()
                .remembering(
                        other.domain().current(), new Identifier(other.domain().current())));
    }

    RememberingIdentifier identifier() {
        return blocks;
    }

    RememberingIdentifier publicIdentifier() {
        return publicBlocks.orElseThrow();
    }

    /** Where the next block that is added goes. */
    long nextPlace() {
        PackBuilder current = current();
        return DomainIndex.place(packNumber, current.nextFrame(), current.nextBlock());
    }

    void add(BlockId id, byte[] bytes, int offset, int length) throws StoreException {
        PackBuilder current = current();
        current.add(id, bytes, offset, length);
        if (current.isFull()) {
            finish();
        }
    }

    private PackBuilder current() {
        PackBuilder current = pack;
        if (current == null) {
            current = new PackBuilder(domain.current(), domain.folder(), cipher, identifier);
            pack = current;
            packNumber = uploads.begin();
        }
        return current;
    }

    /** Blocks of different images do not share a frame. */
    void endImage() throws StoreException {
        PackBuilder current = pack;
        if (current != null) {
            current.endFrame();
            if (current.isFull()) {
                finish();
            }
        }
    }

    /** Hands over the pack under way. */
    void finish() throws StoreException {
        PackBuilder current = pack;
        if (current != null) {
            pack = null;
            // Another lane may have been faster with the only block that this pack was begun for.
            if (!current.isEmpty()) {
                uploads.upload(packNumber, current.finish());
            }
        }
    }

    @Override
    public void close() {
        cipher.close();
    }
}
