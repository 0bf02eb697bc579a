package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.text.Nearest;
import dev.thaw.node.Claim;
import dev.thaw.node.NodeException;
import dev.thaw.node.Revision;
import dev.thaw.node.Worker;
import dev.thaw.node.WorkerView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The workers of this process, and which one an invocation goes to. */
public final class Workers {
    private final List<Worker> workers;
    private final Placement placement;

    /** @param workers at least one */
    public Workers(List<Worker> workers, Placement placement) {
        this.workers = List.copyOf(workers);
        this.placement = requireNonNull(placement, "placement is null");
    }

    public List<Worker> list() {
        return workers;
    }

    /** @throws IllegalArgumentException naming the nearest when there is none of this name */
    public Worker named(String name) {
        return workers.stream()
                .filter(worker -> worker.name().equals(name))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> names = workers.stream().map(Worker::name).toList();
                    return new IllegalArgumentException("There is no worker '" + name + "'." + Nearest.hint(name, names)
                            + " Workers are " + String.join(", ", names) + ".");
                });
    }

    Claim claim(Revision revision, Optional<String> forced, long registeredNanos) throws NodeException {
        return choose(revision, forced).claim(revision, registeredNanos);
    }

    private Worker choose(Revision revision, Optional<String> forced) {
        if (forced.isPresent()) {
            return named(forced.get());
        }
        if (workers.size() == 1) {
            return workers.getFirst();
        }
        // The common case must not pay for the full view.
        for (Worker worker : workers) {
            if (worker.hasFreeInstance(revision)) {
                return worker;
            }
        }
        // One that stands still for its snapshot is back sooner than another would start.
        for (Worker worker : workers) {
            if (worker.hasFreezingInstance(revision)) {
                return worker;
            }
        }
        List<WorkerView> views = new ArrayList<>(workers.size());
        workers.forEach(worker -> views.add(worker.view(revision)));
        return named(placement.choose(views).name());
    }
}
