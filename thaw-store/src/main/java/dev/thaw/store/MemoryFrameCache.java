package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameCipher;
import dev.thaw.store.chunk.FrameKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Frames in memory, least recently used out first: beside the cache on a disk, with the same contract and nothing that can
 * fail.
 */
public final class MemoryFrameCache implements FrameCache {
    private final long keepBytes;
    private final long inUseBytes;
    private final Map<FrameKey, byte[]> frames = new LinkedHashMap<>(16, 0.75f, true); // guarded by this; coldest first
    private final Map<FrameKey, Integer> pins = new HashMap<>(); // guarded by this
    private long usedBytes; // guarded by this
    private boolean closed; // guarded by this

    /**
     * @param keep sealed bytes that may lie here, unless they are held
     * @param inUse sealed bytes that are held and may come in
     */
    public MemoryFrameCache(DataSize keep, DataSize inUse) {
        this.keepBytes = keep.bytes();
        this.inUseBytes = inUse.bytes();
    }

    @Override
    public synchronized Optional<byte[]> get(FrameKey frame) {
        return Optional.ofNullable(frames.get(frame)).map(byte[]::clone);
    }

    @Override
    public synchronized boolean has(FrameKey frame) {
        return frames.containsKey(frame);
    }

    @Override
    public synchronized void put(FrameKey frame, byte[] sealed) {
        requireNonNull(frame, "frame is null");
        boolean possible = sealed.length > 0 && sealed.length <= FrameCipher.MAX_SEALED_BYTES;
        if (closed || !possible || frames.containsKey(frame)) {
            return;
        }
        boolean pinned = pins.containsKey(frame);
        long bound = pinned ? Math.max(keepBytes, inUseBytes) : keepBytes;
        long pinnedBytes = pinnedBytes() + sealed.length;
        if (pinnedBytes <= bound && (!pinned || pinnedBytes <= inUseBytes)) {
            evictDownTo(bound - sealed.length);
            frames.put(frame, sealed);
            usedBytes += sealed.length;
        }
    }

    private long pinnedBytes() {
        long bytes = 0;
        for (Map.Entry<FrameKey, byte[]> each : frames.entrySet()) {
            bytes += pins.containsKey(each.getKey()) ? each.getValue().length : 0;
        }
        return bytes;
    }

    private void evictDownTo(long bytes) {
        Iterator<Map.Entry<FrameKey, byte[]>> coldest = frames.entrySet().iterator();
        while (usedBytes > bytes && coldest.hasNext()) {
            Map.Entry<FrameKey, byte[]> each = coldest.next();
            if (!pins.containsKey(each.getKey())) {
                usedBytes -= each.getValue().length;
                coldest.remove();
            }
        }
    }

    @Override
    public synchronized void discard(FrameKey frame) {
        byte @Nullable [] gone = frames.remove(frame);
        usedBytes -= gone == null ? 0 : gone.length;
    }

    @Override
    public synchronized Pin pin(Collection<FrameKey> keys) {
        List<FrameKey> held = List.copyOf(keys);
        held.forEach(key -> pins.merge(key, 1, Integer::sum));
        AtomicBoolean letGo = new AtomicBoolean();
        return () -> {
            if (letGo.compareAndSet(false, true)) {
                unpin(held);
            }
        };
    }

    private synchronized void unpin(List<FrameKey> held) {
        for (FrameKey key : held) {
            boolean last = pins.merge(key, -1, Integer::sum) == 0;
            if (last) {
                pins.remove(key);
                frames.get(key); // in use until now
            }
        }
        evictDownTo(keepBytes);
    }

    @Override
    public synchronized void close() {
        closed = true;
        frames.clear();
        usedBytes = 0;
    }
}
