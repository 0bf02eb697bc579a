package dev.thaw.node;

import java.util.Locale;
import java.util.Set;

/**
 * The life of an instance.
 *
 * <pre>
 * ADMITTING ─┬─▶ THAWING ──┐    (an adopted one is READY at once)
 *     │      │     │ fails ▼
 *     │      └─▶ BOOTING ─▶ READY ◀─▶ FREEZING
 *     │            │         │           │
 *     │            │         ▼           │
 *     │            │      RETIRING ◀─────┤
 *     ▼            ▼         ▼           ▼
 *   GONE  ◀──────────────────────────────
 * </pre>
 */
public enum InstanceState {
    /** Waits for cores and memory; one that was adopted is ready at once. */
    ADMITTING,
    THAWING,
    BOOTING,
    /** Takes invocations. */
    READY,
    /** Stands still while its state is read. */
    FREEZING,
    /** Takes no more invocations and ends. */
    RETIRING,
    /** Has ended; nothing of it is left. */
    GONE;

    /** The states that may follow this one. */
    public Set<InstanceState> next() {
        return switch (this) {
            case ADMITTING -> Set.of(THAWING, BOOTING, READY, GONE);
            case THAWING -> Set.of(READY, BOOTING, GONE);
            case BOOTING -> Set.of(READY, GONE);
            case READY -> Set.of(FREEZING, RETIRING, GONE);
            case FREEZING -> Set.of(READY, RETIRING, GONE);
            case RETIRING -> Set.of(GONE);
            case GONE -> Set.of();
        };
    }

    /** It may take invocations soon without a further start. */
    boolean isComing() {
        return this == ADMITTING || this == THAWING || this == BOOTING || this == FREEZING;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
