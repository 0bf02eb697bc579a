package dev.thaw.lazy;

import dev.thaw.store.Manifest;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import java.util.List;

/** When and how far what is hot of a snapshot changes. */
final class WorkingSets {
    /** Fewer misses than this are not worth a new companion. */
    static final int WORTHWHILE_BLOCKS = 32;

    /** What is hot is at most this part of a snapshot: a function that drifts must not make it everything. */
    private static final int LARGEST_PART = 4;

    private WorkingSets() {}

    /** The end of the order is what was missed last: where it grows too long, its oldest blocks go. */
    static List<HotBlock> bounded(List<HotBlock> order, Manifest manifest) {
        long most =
                Blocks.count(manifest.memory().sizeBytes() + manifest.rootfs().sizeBytes()) / LARGEST_PART;
        return order.size() <= most ? order : order.subList((int) (order.size() - most), order.size());
    }
}
