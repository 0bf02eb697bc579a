package dev.thaw.node;

import dev.thaw.sandbox.Egress;
import dev.thaw.sandbox.MachineShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/** The shapes that a thaw may be of on a worker. Not safe for use by many threads. */
final class ShapesInService {
    /** By the revision's name. */
    private final Map<String, MachineShape> revisions = new HashMap<>();

    /** The one used last comes last. */
    private final SequencedSet<MachineShape> byUse = new LinkedHashSet<>();

    void add(Revision revision) {
        // One with a network cannot be prepared: its name space and its rules are its own.
        if (revision.snapshots() && revision.shape().egress() == Egress.NONE) {
            revisions.put(revision.name(), revision.shape());
            byUse.addLast(revision.shape());
        }
    }

    void remove(Revision revision) {
        MachineShape shape = revisions.remove(revision.name());
        if (shape != null && !revisions.containsValue(shape)) {
            byUse.remove(shape);
        }
    }

    void used(MachineShape shape) {
        if (byUse.contains(shape)) {
            byUse.addLast(shape);
        }
    }

    List<MachineShape> lastUsedFirst() {
        return new ArrayList<>(byUse.reversed());
    }
}
