package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.function.DeployedFunction;
import dev.thaw.gateway.function.FunctionRegistry;
import dev.thaw.gateway.invoke.FunctionVersions;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.Observer;
import dev.thaw.gateway.text.Json;
import dev.thaw.node.PointerWatch;
import dev.thaw.node.Revision;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Brings revisions into and out of service. */
final class Deployments implements FunctionRegistry.Listener {
    private final Workers workers;
    private final Optional<PointerWatch> pointers;
    private final Observer observer;
    private final FunctionVersions versions;

    Deployments(Workers workers, Optional<PointerWatch> pointers, Observer observer, FunctionVersions versions) {
        this.workers = requireNonNull(workers, "workers is null");
        this.pointers = requireNonNull(pointers, "pointers is null");
        this.observer = requireNonNull(observer, "observer is null");
        this.versions = requireNonNull(versions, "versions is null");
    }

    /** Every worker prepares for it, the first starts the instances that it always has. */
    void bringIntoService(Revision revision) {
        pointers.ifPresent(watch -> watch.add(revision));
        workers.list().forEach(worker -> worker.prepare(revision));
        workers.list().getFirst().keepLeast(revision);
    }

    @Override
    public void deployed(DeployedFunction function) {
        bringIntoService(function.revision());
        observer.publish("function.deployed", describe(function.revision()));
    }

    @Override
    public void removed(Revision revision, String why) {
        pointers.ifPresent(watch -> watch.remove(revision));
        workers.list().forEach(worker -> worker.remove(revision, why));
        versions.forget(revision);
        observer.publish("revision.removed", describe(revision));
    }

    private static ObjectNode describe(Revision revision) {
        ObjectNode data = Json.object();
        data.put("function", revision.function());
        data.put("revision", revision.name());
        return data;
    }
}
