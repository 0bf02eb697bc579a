package dev.thaw.gateway.invoke;

import dev.thaw.node.Revision;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which revisions answered HTTP/2's greeting with something else. A function is spoken to in its client's version: HTTP/1.1 unless the client speaks HTTP/2, and
 * HTTP/1.1 to a client of HTTP/2 too when the function does not know it.
 */
public final class FunctionVersions {
    private final Set<String> http1Only = ConcurrentHashMap.newKeySet();

    boolean mayKnowHttp2(Revision revision) {
        return !http1Only.contains(revision.name());
    }

    void knowsHttp1Only(Revision revision) {
        http1Only.add(revision.name());
    }

    /** The revision is gone. */
    public void forget(Revision revision) {
        http1Only.remove(revision.name());
    }
}
