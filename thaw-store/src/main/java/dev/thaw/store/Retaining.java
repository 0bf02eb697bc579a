package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Withdraws the snapshots that a {@link Retention} does not keep. */
final class Retaining {
    private final PointerStore pointers;
    private final Clock clock;

    Retaining(PointerStore pointers, Clock clock) {
        this.pointers = requireNonNull(pointers, "pointers is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Snapshots of one function on one kind of host. */
    private record Line(String function, Digest fit) {}

    /** @return those that were withdrawn, or would be */
    List<Manifest> apply(Retention retention, List<Domain> domains, boolean dryRun, Cancellation cancellation)
            throws StoreException {
        List<Manifest> withdrawn = new ArrayList<>();
        for (Domain domain : domains) {
            for (PointerStore.Read read : surplus(retention, domain, cancellation)) {
                if (dryRun || pointers.replace(read, Optional.empty(), false, cancellation)) {
                    withdrawn.add(read.snapshot().orElseThrow().manifest());
                }
            }
        }
        return withdrawn;
    }

    private List<PointerStore.Read> surplus(Retention retention, Domain domain, Cancellation cancellation)
            throws StoreException {
        Map<Line, List<PointerStore.Read>> lines = new HashMap<>();
        for (PointerStore.Read read : pointers.readable(domain, PointerStore.prefix(domain), cancellation)) {
            if (read.snapshot().isPresent() && !read.pinned()) {
                Manifest manifest = read.snapshot().get().manifest();
                lines.computeIfAbsent(
                                new Line(manifest.function(), manifest.fit().id()), _ -> new ArrayList<>())
                        .add(read);
            }
        }
        List<PointerStore.Read> surplus = new ArrayList<>();
        for (List<PointerStore.Read> line : lines.values()) {
            line.sort(Comparator.comparing(Retaining::frozenAt).reversed());
            for (int newer = 0; newer < line.size(); newer++) {
                if (!keeps(retention, line.get(newer), newer)) {
                    surplus.add(line.get(newer));
                }
            }
        }
        return surplus;
    }

    private boolean keeps(Retention retention, PointerStore.Read read, int newer) {
        boolean tooMany = retention.maxPerFunction().isPresent()
                && newer >= retention.maxPerFunction().getAsInt();
        boolean tooOld = retention.maxAge().isPresent()
                && frozenAt(read)
                        .isBefore(clock.instant().minus(retention.maxAge().get()));
        return !tooMany && !tooOld;
    }

    private static Instant frozenAt(PointerStore.Read read) {
        return read.snapshot().orElseThrow().manifest().frozenAt();
    }
}
