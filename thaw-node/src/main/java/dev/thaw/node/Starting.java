package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.PhaseClock;
import java.util.function.Consumer;

/**
 * A start under way.
 *
 * @param instance its name
 * @param core lent while the start waits for the store
 * @param phases where its time goes
 * @param states told when the instance begins to thaw or to boot
 */
record Starting(Revision revision, String instance, Core core, PhaseClock phases, Consumer<InstanceState> states) {
    Starting {
        requireNonNull(revision, "revision is null");
        requireNonNull(instance, "instance is null");
        requireNonNull(core, "core is null");
        requireNonNull(phases, "phases is null");
        requireNonNull(states, "states is null");
    }

    /** A start's core. */
    @FunctionalInterface
    interface Core {
        /** Lets others have it until the loan is closed, which waits for a core. */
        Admission.Loan lend();
    }
}
