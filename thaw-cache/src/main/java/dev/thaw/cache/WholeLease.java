package dev.thaw.cache;

import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;

/** A snapshot that is wholly on this node, as plain files. */
public interface WholeLease extends Lease {
    /** The snapshot as it can be published from here, without the sandbox that it was frozen in. */
    SnapshotDraft draft(SnapshotIdentity identity);
}
