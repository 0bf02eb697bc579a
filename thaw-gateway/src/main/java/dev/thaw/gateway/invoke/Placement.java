package dev.thaw.gateway.invoke;

import dev.thaw.node.WorkerView;
import java.util.List;

/** Chooses the worker for an invocation that finds no free instance anywhere. */
@FunctionalInterface
public interface Placement {
    /** @param workers at least one */
    WorkerView choose(List<WorkerView> workers);
}
