package dev.thaw.cache;

import dev.thaw.store.Manifest;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A snapshot that can be thawed on this node, every byte of it verified before it is seen, until the lease is closed. */
public interface Lease extends AutoCloseable {
    Manifest manifest();

    /**
     * The guest's memory: a plain, sparse file of exactly that size. It is shared between all who thaw this snapshot:
     * map it privately, never write to it.
     */
    Path memory();

    /** The sandbox's device state. Never write to it. It can be named to a VMM at once, and be loaded after {@link #awaitState}. */
    Path state();

    /** Whether {@link #awaitState} returns at once. */
    default boolean isReady() {
        return true;
    }

    /**
     * Waits until the device state can be loaded.
     *
     * @param cancellation ends the wait, and nothing else
     * @throws StoreException when it cannot be had, and the snapshot cannot be thawed from this lease
     */
    default void awaitState(Cancellation cancellation) throws StoreException {}

    /** The root file system. Never write to it. */
    Path rootfs();

    /** How many bytes this acquisition waited for from outside the node, its own fetches and those it joined. */
    long bytesFromOrigin();

    /** No byte came from outside the node. */
    default boolean local() {
        return bytesFromOrigin() == 0;
    }

    /**
     * A clone that was thawed from this has answered its first invocation: what it needed up to here, others will too. A
     * second call does nothing.
     *
     * @param report is given what came behind the guest, from any thread; never where all was here before
     */
    default void answered(Consumer<ThawReads> report) {}

    /** Lets go; a second call does nothing. */
    @Override
    void close();
}
