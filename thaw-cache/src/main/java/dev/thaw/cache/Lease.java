package dev.thaw.cache;

import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import java.nio.file.Path;

/** A snapshot that is wholly on this node, verified, and stays there until the lease is closed. */
public interface Lease extends AutoCloseable {
    Manifest manifest();

    /**
     * The guest's memory: a plain, sparse file of exactly that size. It is shared between all who thaw this snapshot:
     * map it privately, never write to it.
     */
    Path memory();

    /** The sandbox's device state. Never write to it. */
    Path state();

    /** The root file system. Never write to it. */
    Path rootfs();

    /** How many bytes this acquisition waited for from outside the node, its own fetches and those it joined. */
    long bytesFromOrigin();

    /** No byte came from outside the node. */
    default boolean local() {
        return bytesFromOrigin() == 0;
    }

    /** The snapshot as it can be published from here, without the sandbox that it was frozen in. */
    SnapshotDraft draft(SnapshotIdentity identity);

    /** Lets go; a second call does nothing. */
    @Override
    void close();
}
