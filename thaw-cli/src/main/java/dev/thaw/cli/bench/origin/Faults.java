package dev.thaw.cli.bench.origin;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/** The faults that are still to be done, each to one read of an object, in the order in which they were asked for. */
final class Faults {
    /** @param delay beyond the profile's, of a {@link Fault#DELAY} */
    record Planned(Fault fault, Duration delay) {
        Planned {
            requireNonNull(fault, "fault is null");
            requireNonNull(delay, "delay is null");
        }
    }

    /** More than any test asks for; a caller's slip does not fill the memory. */
    static final int MOST = 100_000;

    /** Guarded by this. */
    private final Queue<Planned> planned = new ArrayDeque<>();

    /** Guarded by this. */
    private final Map<Fault, Long> done = new EnumMap<>(Fault.class);

    /** @throws IllegalArgumentException when too many would be waiting */
    synchronized void plan(Planned fault, int times) {
        if (times < 1 || planned.size() + times > MOST) {
            throw new IllegalArgumentException("Faults are planned 1 to " + MOST + " at a time, not " + times + ".");
        }
        for (int i = 0; i < times; i++) {
            planned.add(fault);
        }
    }

    /** What is to be done to the next read. */
    synchronized Optional<Planned> next() {
        Optional<Planned> next = Optional.ofNullable(planned.poll());
        next.ifPresent(fault -> done.merge(fault.fault(), 1L, Long::sum));
        return next;
    }

    /** Forgets what is still to be done. */
    synchronized void clear() {
        planned.clear();
    }

    synchronized long done(Fault fault) {
        return done.getOrDefault(fault, 0L);
    }
}
