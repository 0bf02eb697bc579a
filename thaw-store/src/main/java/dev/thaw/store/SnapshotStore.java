package dev.thaw.store;

import dev.thaw.store.chunk.HotCompanion.BlockReader;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Published snapshots. A snapshot is visible whole or not at all; of one identity and fit there is at most one, the
 * newest. Safe for concurrent use, by several nodes at once.
 */
public interface SnapshotStore extends AutoCloseable {
    /** The snapshot of {@code identity} that fits {@code fit}; one round trip. */
    Optional<Manifest> resolve(SnapshotIdentity identity, HostFit fit, Cancellation cancellation) throws StoreException;

    /**
     * What {@link #resolve} would have said not longer ago than that, as far as this process has read or written it since;
     * the store is not asked.
     *
     * @return empty when there was none, too
     */
    Optional<Manifest> known(SnapshotIdentity identity, HostFit fit, Duration notOlderThan);

    /**
     * Learns what {@link #resolve} would say, for {@link #known}; what has not changed since is not read again.
     *
     * @throws StoreException as {@link #resolve}
     */
    void refresh(SnapshotIdentity identity, HostFit fit, Cancellation cancellation) throws StoreException;

    /** Every snapshot of {@code identity} whatever it fits, to explain a misfit with {@link HostFit#misfit}. */
    List<Manifest> resolveAny(SnapshotIdentity identity, Cancellation cancellation) throws StoreException;

    /**
     * Stores the blocks that the trust domain lacks, then what says where they are, then makes the snapshot visible by
     * one conditional write. Broken off anywhere it leaves the old snapshot, or none, visible. Publishing the same draft twice, or from
     * two nodes at once, is harmless: the first stays. One that has lost a part is replaced.
     *
     * @return the snapshot that is visible afterwards for this identity and fit: this one, or that of the publisher
     *     who was first
     */
    Manifest publish(SnapshotDraft draft, Cancellation cancellation) throws StoreException;

    /**
     * Writes a part's bytes to a new file, in the form that a sandbox uses (memory: sparse, of exactly the guest's
     * memory size). Verified while it is read: on any failure the file is gone again.
     *
     * @param file must not exist
     * @return how many bytes came from the store
     * @throws StoreException {@code CORRUPT}, naming the part, when the stored bytes are not those published;
     *     {@code NOT_FOUND} when the store lost it
     * @throws IOException of any other kind when the new file cannot be written
     */
    long fetch(Part part, Path file, Cancellation cancellation) throws IOException;

    /**
     * Opens a published snapshot for reading block by block. The caller closes it.
     *
     * @param snapshot as it was resolved or published
     * @return empty when it is not there any more, or nobody has recorded yet what a thaw of it touches
     */
    Optional<SnapshotImages> images(Manifest snapshot, Cancellation cancellation) throws StoreException;

    /**
     * Stores what a thaw of a snapshot touches, as a companion that later thaws read first; an older one is replaced.
     *
     * @param order first touched first, each block once, numbered as in hot maps
     * @param blocks gives the bytes of these, and of the device state
     * @return false when another snapshot is visible by now
     */
    boolean publishHot(Manifest snapshot, List<HotBlock> order, BlockReader blocks, Cancellation cancellation)
            throws StoreException;

    /** Every published snapshot whose pointer can be read. */
    List<Manifest> list(Cancellation cancellation) throws StoreException;

    /**
     * Makes a snapshot invisible. What nothing else refers to goes with {@link #collect}. A snapshot that is not there
     * is no error.
     *
     * @param snapshot {@link Manifest#id}
     */
    void delete(Digest snapshot, Cancellation cancellation) throws StoreException;

    /**
     * Keeps a snapshot whatever {@link #retain} says, or no longer.
     *
     * @return whether it is there
     */
    boolean pin(Digest snapshot, boolean pinned, Cancellation cancellation) throws StoreException;

    /**
     * Deletes snapshots that are too old or too many.
     *
     * @param dryRun only to say which
     * @return those that were deleted
     */
    List<Manifest> retain(Retention retention, boolean dryRun, Cancellation cancellation) throws StoreException;

    /**
     * Removes what no published snapshot refers to, in two runs at least: the first condemns it, and one that comes
     * {@code grace} later deletes it. Safe beside publishers.
     *
     * @param dryRun only to say what would be done
     * @throws StoreException INVALID when {@code grace} is shorter than a publisher may take; any code when something
     *     that is published cannot be read, for what it refers to would be removed: {@link #check} comes first then
     */
    Collected collect(Duration grace, boolean dryRun, Cancellation cancellation) throws StoreException;

    /** What the store's bytes are for. */
    StoreUsage usage(Cancellation cancellation) throws StoreException;

    /**
     * What the parts of one snapshot take.
     *
     * @return a share for each part, named by its label; empty when it is not published
     */
    List<StoreUsage.Share> usageOf(Digest snapshot, Cancellation cancellation) throws StoreException;

    /**
     * Reads all that is published and verifies it.
     *
     * @param repair whether to replace what is damaged by a good copy, and to withdraw what cannot be, so that it is
     *     frozen and published anew
     * @param copies where good copies may be
     */
    StoreCheck check(boolean repair, List<FrameCache> copies, Cancellation cancellation) throws StoreException;

    /** What was fetched since this store was opened. */
    ReadStats readStats();

    /** This store, with frames looked for in {@code cache} first, and kept there. Closing it does not close the store. */
    SnapshotStore through(FrameCache cache);

    /** Where this is, for messages. */
    String location();

    @Override
    void close();
}
