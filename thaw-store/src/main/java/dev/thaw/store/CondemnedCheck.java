package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ListedObject;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Looks at the lists of what is going to be deleted. A list that cannot be read is replaced by one that condemns
 * everything, as of now: nothing that a collector may be about to delete is referred to then, and the next collection
 * pardons what is in use.
 */
final class CondemnedCheck {
    private final ObjectStore objects;
    private final Domains domains;
    private final boolean repair;
    private final List<StoreCheck.Finding> findings;

    CondemnedCheck(ObjectStore objects, Domains domains, boolean repair, List<StoreCheck.Finding> findings) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.repair = repair;
        this.findings = requireNonNull(findings, "findings is null");
    }

    /** The domain's list; an empty one when it cannot be read and is left as it is. */
    Condemned read(Domain domain, Instant now, Cancellation cancellation) throws StoreException {
        try {
            return Condemned.read(objects, domains, domain, cancellation);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT && e.code() != StoreException.Code.UNSUPPORTED) {
                throw e;
            }
            boolean replaced = repair && e.code() == StoreException.Code.CORRUPT;
            findings.add(new StoreCheck.Finding(
                    Condemned.key(domain),
                    "The list of what is going to be deleted cannot be read: " + e.getMessage(),
                    replaced));
            return replaced ? replace(domain, now, cancellation) : Condemned.nothing();
        }
    }

    private Condemned replace(Domain domain, Instant now, Cancellation cancellation) throws StoreException {
        String version = objects.head(Condemned.key(domain), cancellation).version();
        Map<String, Condemned.Sentence> all = new TreeMap<>();
        for (ListedObject object : Collector.list(objects, domain, cancellation)) {
            if (all.size() < Condemned.MANY_OBJECTS) {
                all.put(object.key(), new Condemned.Sentence(now, false));
            }
        }
        new Condemned(Optional.of(version), new TreeMap<>()).replace(objects, domain, all, cancellation);
        return Condemned.read(objects, domains, domain, cancellation);
    }
}
