package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The instances of one pool: which are free, coming, idle. Guarded by the lock of its pool. */
final class Roster {
    private final Revision revision;
    private final List<Instance> instances = new ArrayList<>();

    Roster(Revision revision) {
        this.revision = requireNonNull(revision, "revision is null");
    }

    void add(Instance instance) {
        instances.add(instance);
    }

    void remove(Instance instance) {
        instances.remove(instance);
    }

    List<Instance> all() {
        return List.copyOf(instances);
    }

    /** The most recently used one, so that the others become idle for long enough to be retired. */
    Optional<Instance> free() {
        return instances.stream()
                .filter(instance -> instance.hasRoom(revision.limits().concurrency()))
                .max(Comparator.comparingLong(Instance::idleSinceNanos));
    }

    /** How many of those in line the instances under way will take. */
    long comingPlaces() {
        return places(instances.stream().filter(i -> i.state().isComing()).count());
    }

    long freezingPlaces() {
        return places(instances.stream()
                .filter(i -> i.state() == InstanceState.FREEZING)
                .count());
    }

    private long places(long count) {
        return count * revision.limits().concurrency();
    }

    /** Instances that stay, as far as is known. */
    long lasting() {
        return instances.stream()
                .filter(i -> i.state() != InstanceState.RETIRING && i.state() != InstanceState.GONE)
                .count();
    }

    /** Those without an invocation since before {@code nanos}, the longest first. */
    List<Instance> idleSince(long nanos) {
        return instances.stream()
                .filter(instance -> instance.isIdleSince(nanos))
                .sorted(Comparator.comparingLong(Instance::idleSinceNanos))
                .toList();
    }

    /** One that could be frozen at once. */
    Optional<Instance> freezable() {
        return instances.stream()
                .filter(instance ->
                        instance.state() == InstanceState.READY && instance.inFlight() == 0 && instance.isFreezable())
                .findFirst();
    }

    Optional<Instance> inVmm(long vmm) {
        return instances.stream()
                .filter(instance ->
                        instance.started().isPresent() && instance.sandbox().pid() == vmm)
                .findFirst();
    }

    List<InstanceView> views(String worker) {
        return instances.stream()
                .map(instance -> new InstanceView(
                        worker,
                        revision.function(),
                        revision.name(),
                        instance.id(),
                        instance.state(),
                        instance.started().map(started -> started.record().kind()),
                        instance.inFlight(),
                        instance.invocations(),
                        instance.started()
                                .map(started -> started.sandbox().pid())
                                .orElse(0L),
                        revision.shape().memoryBytes()))
                .toList();
    }
}
