package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ListedObject;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what nothing refers to, beside publishers at work, in two passes.
 *
 * <ol>
 *   <li>What nothing refers to, and is older than the longest publication, is condemned: publishers do not refer to it
 *       any more. One that had found it before looks again right before it writes its pointer, and gives up when its
 *       time is over.
 *   <li>When it has been condemned for longer than any publication may take, and still nothing refers to it, it is
 *       deleted. What a publisher made use of in between is pardoned.
 * </ol>
 *
 * Damaged objects are condemned whether something refers to them or not, and are never pardoned: nothing new should.
 */
final class Collector {
    /** A publication's time, and as much again for its last write and for clocks that differ. */
    static final Duration MIN_GRACE = SnapshotPublisher.MAX_DURATION.multipliedBy(2);

    private static final List<String> KINDS = List.of(DomainIndex.PACKS, "maps", "manifests", "hot");
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);

    private final ObjectStore objects;
    private final Domains domains;
    private final References references;
    private final Clock clock;

    Collector(ObjectStore objects, Domains domains, References references, Clock clock) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.references = requireNonNull(references, "references is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    Collected collect(Duration grace, boolean dryRun, Cancellation cancellation) throws StoreException {
        if (grace.compareTo(MIN_GRACE) < 0) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    "A grace of " + grace + " is shorter than a publication may take. Give at least " + MIN_GRACE
                            + ".");
        }
        List<Domain> all = domains.all(cancellation);
        Map<Domain, Condemned> before = new HashMap<>();
        for (Domain domain : all) {
            before.put(domain, Condemned.read(objects, domains, domain, cancellation));
        }
        Set<String> living = references.of(all, cancellation);
        Collected total = Collected.nothing();
        for (Domain domain : all) {
            total = total.plus(
                    collect(domain, requireNonNull(before.get(domain)), living, grace, dryRun, cancellation));
        }
        return total;
    }

    private Collected collect(
            Domain domain,
            Condemned before,
            Set<String> living,
            Duration grace,
            boolean dryRun,
            Cancellation cancellation)
            throws StoreException {
        Instant now = clock.instant();
        Map<String, Condemned.Sentence> next = new TreeMap<>();
        List<ListedObject> due = new ArrayList<>();
        int condemned = 0;
        long condemnedBytes = 0;
        for (ListedObject object : list(objects, domain, cancellation)) {
            Condemned.Sentence sentence = before.objects().get(object.key());
            boolean isLiving = living.contains(object.key());
            boolean isOld = object.modified().isBefore(now.minus(SnapshotPublisher.MAX_DURATION));
            if (isLiving) {
                if (sentence != null && sentence.damaged()) {
                    next.put(object.key(), sentence);
                }
            } else if (sentence == null) {
                if (isOld && before.objects().size() + condemned < Condemned.MANY_OBJECTS) {
                    next.put(object.key(), new Condemned.Sentence(now, false));
                    condemned++;
                    condemnedBytes += object.sizeBytes();
                }
            } else {
                next.put(object.key(), sentence);
                if (!sentence.since().isAfter(now.minus(grace))) {
                    due.add(object);
                }
            }
        }
        if (!dryRun) {
            carryOut(domain, before, next, due, cancellation);
        }
        long deletedBytes = due.stream().mapToLong(ListedObject::sizeBytes).sum();
        return new Collected(condemned, condemnedBytes, due.size(), deletedBytes);
    }

    /** Whether this is a kind of object that lives by reference. */
    static boolean isCollectable(String key) {
        String[] segments = key.split("/", 4);
        return segments.length == 4 && segments[0].equals("domains") && KINDS.contains(segments[2]);
    }

    /** All of a domain's objects that live by reference. */
    static List<ListedObject> list(ObjectStore objects, Domain domain, Cancellation cancellation)
            throws StoreException {
        List<ListedObject> listed = new ArrayList<>();
        for (String kind : KINDS) {
            objects.list(domain.prefix(kind), listed::add, cancellation);
        }
        return listed;
    }

    private void carryOut(
            Domain domain,
            Condemned before,
            Map<String, Condemned.Sentence> next,
            List<ListedObject> due,
            Cancellation cancellation)
            throws StoreException {
        // Written also where nothing changes but something is deleted: who deletes is the only one who collects.
        if (!due.isEmpty() || !next.equals(before.objects())) {
            replace(domain, before, next, cancellation);
        }
        for (ListedObject object : due) {
            objects.delete(object.key(), cancellation);
        }
        if (!due.isEmpty()) {
            LOG.info("domain={} objects={} deleted", domain.name(), due.size());
            Condemned.deleted(
                    objects,
                    domains,
                    domain,
                    due.stream().map(ListedObject::key).toList(),
                    cancellation);
        }
    }

    private void replace(
            Domain domain, Condemned before, Map<String, Condemned.Sentence> next, Cancellation cancellation)
            throws StoreException {
        try {
            before.replace(objects, domain, next, cancellation);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.PRECONDITION_FAILED) {
                throw new StoreException(
                        StoreException.Code.UNAVAILABLE,
                        "Another collection is at work in trust domain '" + domain.name() + "'. Repeat this one later.",
                        e);
            }
            throw e;
        }
    }
}
