package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.time.Duration;

/**
 * A freeze that succeeded.
 *
 * @param standstill how long the instance took no invocation
 * @param publish how long the store took; zero when nothing was published
 */
public record FreezeRecord(
        String worker,
        String function,
        String revision,
        String instance,
        Digest snapshot,
        long logicalBytes,
        long denseBytes,
        Duration standstill,
        Duration publish) {
    public FreezeRecord {
        requireNonNull(worker, "worker is null");
        requireNonNull(function, "function is null");
        requireNonNull(revision, "revision is null");
        requireNonNull(instance, "instance is null");
        requireNonNull(snapshot, "snapshot is null");
        requireNonNull(standstill, "standstill is null");
        requireNonNull(publish, "publish is null");
    }
}
