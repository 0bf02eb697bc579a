package dev.thaw.kubernetes.publish;

import dev.thaw.kubernetes.resource.DigestCodec;
import dev.thaw.kubernetes.resource.NodeSnapshotCacheStatus;
import dev.thaw.kubernetes.resource.SnapshotDigest;
import dev.thaw.kubernetes.resource.SnapshotEntry;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** Turns a node's state into the status of its resource. */
public final class ReportComposer {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private ReportComposer() {}

    /**
     * The first {@link NodeSnapshotCacheStatus#EXACT_LIMIT} snapshots exactly, the next as a digest. What exceeds the digest
     * too, the least recently used, is left out: the node then looks as if it lacked it.
     */
    public static NodeSnapshotCacheStatus compose(NodeState state, Instant now, String version) {
        List<SnapshotEntry> all = state.snapshots();
        int exact = Math.min(all.size(), NodeSnapshotCacheStatus.EXACT_LIMIT);
        int digested = Math.min(all.size() - exact, DigestCodec.LIMIT);
        SnapshotDigest digest = digested == 0 ? null : DigestCodec.encode(all.subList(exact, exact + digested));
        return new NodeSnapshotCacheStatus(
                state.capacityBytes(),
                state.usedBytes(),
                state.load().freeCacheBytes(),
                now.truncatedTo(ChronoUnit.MILLIS).toString(),
                version,
                state.hostClass(),
                (int) Math.round(state.load().cores() * 1000),
                state.load().memoryBytes(),
                state.load().freeMemoryBytes(),
                state.load().runningThaws(),
                all.size(),
                all.subList(0, exact),
                digest,
                human(state.usedBytes()),
                human(state.capacityBytes()),
                human(state.load().freeMemoryBytes()));
    }

    static String human(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }
}
