package dev.thaw.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The first bytes of hot companions, as pointers brought them; those used last are kept, within a bound. */
final class HotHeads {
    private final long maxBytes;

    /** By the companion's name; guarded by this. */
    private final Map<String, HotHead> heads = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes; // guarded by this

    HotHeads(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    synchronized void learn(HotRef companion, HotHead head) {
        if (head.lengthBytes() == 0 || head.lengthBytes() > companion.bytes()) {
            return;
        }
        HotHead before = heads.put(companion.name(), head);
        bytes += head.lengthBytes() - (before == null ? 0 : before.lengthBytes());
        var eldest = heads.values().iterator();
        while (bytes > maxBytes) {
            bytes -= eldest.next().lengthBytes();
            eldest.remove();
        }
    }

    /** Another companion has taken its place. */
    synchronized void forget(HotRef companion) {
        HotHead head = heads.remove(companion.name());
        bytes -= head == null ? 0 : head.lengthBytes();
    }

    /** One that is here or on its way. */
    synchronized Optional<HotHead> find(HotRef companion) {
        return Optional.ofNullable(heads.get(companion.name())).filter(head -> !head.hasFailed());
    }
}
