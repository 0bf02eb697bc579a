package dev.thaw.store;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.time.Clock;

/** The heads of pointers in a store. */
public final class Heads {
    private static final Cancellation NEVER = Cancellation.never();

    private Heads() {}

    /** Leaves the pointer of a published draft without its head, as earlier writers left it. */
    public static void remove(ObjectStore objects, SnapshotDraft draft) throws StoreException {
        Domains domains = new Domains(objects, TestSnapshots.keys(), Clock.systemUTC());
        PointerStore pointers = new PointerStore(objects, domains, System::nanoTime);
        Domain domain = domains.find(draft.identity().trustDomain(), NEVER).orElseThrow();
        String key = PointerStore.key(domain, draft.identity().id(), draft.fit().id());
        PointerStore.Read read = pointers.readWhole(domain, key, NEVER);
        if (read.head().lengthBytes() == 0) {
            throw new IllegalStateException(draft.revision() + " has no head.");
        }
        if (!pointers.replace(read, read.snapshot(), read.pinned(), NEVER)) {
            throw new IllegalStateException("Somebody else writes pointers.");
        }
    }
}
