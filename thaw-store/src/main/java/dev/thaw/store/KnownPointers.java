package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** What pointers said when this process read or wrote them last, for who need not ask the store again so soon. */
final class KnownPointers {
    private static final int KEPT = 4096;

    private final LongSupplier nanoTime;

    /** By key; guarded by this. */
    private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > KEPT;
        }
    };

    private record Known(Optional<String> version, StoredSnapshot snapshot, long asOfNanos) {}

    /** @param nanoTime as {@link System#nanoTime} */
    KnownPointers(LongSupplier nanoTime) {
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
    }

    /** To be asked before a read is sent: what it brings is at least as new. */
    long now() {
        return nanoTime.getAsLong();
    }

    /**
     * A pointer was read or written. An answer that was overtaken by a newer one changes nothing.
     *
     * @param version of its object; empty for who has not read all of it
     * @param snapshot empty when it names none
     */
    synchronized void learn(String key, Optional<String> version, Optional<StoredSnapshot> snapshot, long asOfNanos) {
        Known before = known.get(key);
        if (before != null && before.asOfNanos() - asOfNanos > 0) {
            return;
        }
        if (snapshot.isPresent()) {
            known.put(key, new Known(version, snapshot.get(), asOfNanos));
        } else {
            known.remove(key);
        }
    }

    /**
     * What a pointer says was read, and not the head of the companion that it names. Where another companion of the same snapshot is known, which may be
     * here, that one stays known for its time, and a refresh brings the new one with its head: a thaw that has a head need not ask.
     */
    synchronized void learnWithoutHead(String key, Optional<StoredSnapshot> snapshot, long asOfNanos) {
        Known before = known.get(key);
        boolean sameWithHot = before != null
                && before.snapshot().hot().isPresent()
                && snapshot.map(StoredSnapshot::manifest)
                        .equals(Optional.of(before.snapshot().manifest()));
        if (!sameWithHot) {
            learn(key, Optional.empty(), snapshot, asOfNanos);
        }
    }

    /** Which version of a pointer is known. */
    synchronized Optional<String> version(String key) {
        return Optional.ofNullable(known.get(key)).flatMap(Known::version);
    }

    /** A version that is known was there still. @return false when it is not known any more */
    synchronized boolean confirm(String key, Optional<String> version, long asOfNanos) {
        Known before = known.get(key);
        if (before == null || !before.version().equals(version)) {
            return false;
        }
        if (before.asOfNanos() - asOfNanos < 0) {
            known.put(key, new Known(version, before.snapshot(), asOfNanos));
        }
        return true;
    }

    /** What a pointer named, if that is not longer ago. */
    synchronized Optional<StoredSnapshot> find(String key, Duration notOlderThan) {
        return Optional.ofNullable(known.get(key))
                .filter(one -> nanoTime.getAsLong() - one.asOfNanos() <= notOlderThan.toNanos())
                .map(Known::snapshot);
    }
}
