package dev.thaw.lazy;

import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How often reads of a worker's lazy images failed, by reason. */
public final class Troubles {
    private final Map<StoreException.Code, LongAdder> repeated = new ConcurrentHashMap<>();
    private final Map<StoreException.Code, LongAdder> givenUp = new ConcurrentHashMap<>();

    Troubles() {}

    void repeated(StoreException why) {
        count(repeated, why.code());
    }

    void givenUp(Exception why) {
        count(givenUp, codeOf(why));
    }

    /** What says the most about a failure: the store's own word, when it is in there. */
    static StoreException.Code codeOf(Exception why) {
        for (Throwable one = why; one != null; one = one.getCause()) {
            if (one instanceof StoreException store) {
                return store.code();
            }
        }
        return why instanceof IOException ? StoreException.Code.UNAVAILABLE : StoreException.Code.INVALID;
    }

    private static void count(Map<StoreException.Code, LongAdder> counts, StoreException.Code code) {
        counts.computeIfAbsent(code, _ -> new LongAdder()).increment();
    }

    private static long of(Map<StoreException.Code, LongAdder> counts, StoreException.Code code) {
        LongAdder count = counts.get(code);
        return count == null ? 0 : count.sum();
    }

    /** Reads that were made again. */
    public long repeated(StoreException.Code reason) {
        return of(repeated, reason);
    }

    /** Reads after which somebody got an I/O error. */
    public long givenUp(StoreException.Code reason) {
        return of(givenUp, reason);
    }
}
