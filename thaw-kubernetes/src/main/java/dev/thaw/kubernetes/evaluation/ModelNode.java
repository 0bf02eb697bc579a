package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.evaluation.Workload.Arrival;
import dev.thaw.kubernetes.evaluation.Workload.Function;
import dev.thaw.node.placement.NodeLoad;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * One node of the model: a bounded cache of working sets, thaw slots, cores and a link. {@code docs/results/placement.md} has
 * the model in words.
 */
final class ModelNode {
    static final double THAW_SECONDS = 0.1;
    private static final double ORIGIN_LATENCY_SECONDS = 0.02;
    private static final double ORIGIN_BYTES_PER_SECOND = 100e6;
    private static final double LEAST_IDLE_CORES = 0.5;
    private static final double LINK_BYTES_PER_SECOND = 1.25e9;

    /** @param cacheBytes bound of the cache; 0 for none */
    record Size(int cores, long memoryBytes, long cacheBytes) {}

    final String name;
    final Size size;

    /** Working sets by function, the least recently used first. */
    private final LinkedHashMap<Integer, Function> cache = new LinkedHashMap<>(16, 0.75f, true);

    private final Map<Integer, Double> arrivingUntil = new HashMap<>();
    private final PriorityQueue<Double> slotsBusyUntil = new PriorityQueue<>();
    private double linkBusyUntil;
    private long cachedBytes;
    private long memoryUsed;
    private int cpuUsedMillis;
    private int pods;

    ModelNode(String name, Size size) {
        this.name = name;
        this.size = size;
    }

    /** What one start cost. */
    record Start(double latencySeconds, long originBytes, boolean cacheChanged) {}

    /** Starts an instance that was bound to this node. Calls come in the order of arrivals. */
    Start start(Arrival arrival) {
        Function function = arrival.function();
        double now = arrival.start();
        memoryUsed += function.memoryBytes();
        cpuUsedMillis += function.cpuMillis();
        pods++;
        while (!slotsBusyUntil.isEmpty() && slotsBusyUntil.peek() <= now) {
            slotsBusyUntil.poll();
        }
        double admitted = slotsBusyUntil.size() < size.cores() ? now : slotsBusyUntil.poll();
        boolean held = cache.get(function.id()) != null;
        double ready =
                held ? Math.max(admitted, arrivingUntil.getOrDefault(function.id(), 0.0)) : fetch(function, admitted);
        long bytes = held ? 0 : function.workingSetBytes();
        boolean changed = !held && keep(function, ready);
        double slowdown = Math.max(1, (slotsBusyUntil.size() + 1) / Math.max(LEAST_IDLE_CORES, idleCores()));
        double done = ready + THAW_SECONDS * slowdown;
        slotsBusyUntil.add(done);
        return new Start(done - now, bytes, changed);
    }

    void end(Arrival arrival) {
        memoryUsed -= arrival.function().memoryBytes();
        cpuUsedMillis -= arrival.function().cpuMillis();
        pods--;
    }

    /** From the origin, while nobody shares the link. */
    static double fetchSeconds(Function function) {
        return ORIGIN_LATENCY_SECONDS + function.workingSetBytes() / ORIGIN_BYTES_PER_SECOND;
    }

    private double fetch(Function function, double from) {
        double begin = from + ORIGIN_LATENCY_SECONDS;
        linkBusyUntil = Math.max(linkBusyUntil, begin) + function.workingSetBytes() / LINK_BYTES_PER_SECOND;
        return Math.max(from + fetchSeconds(function), linkBusyUntil);
    }

    private boolean keep(Function function, double until) {
        if (function.workingSetBytes() > size.cacheBytes()) {
            return false;
        }
        cache.put(function.id(), function);
        arrivingUntil.put(function.id(), until);
        cachedBytes += function.workingSetBytes();
        var eldest = cache.values().iterator();
        while (cachedBytes > size.cacheBytes()) {
            Function evicted = eldest.next();
            eldest.remove();
            cachedBytes -= evicted.workingSetBytes();
        }
        return true;
    }

    Iterable<Function> cached() {
        return cache.values();
    }

    long cachedBytes() {
        return cachedBytes;
    }

    long memoryUsed() {
        return memoryUsed;
    }

    int cpuUsedMillis() {
        return cpuUsedMillis;
    }

    int pods() {
        return pods;
    }

    /** Cores that instances leave to thaws. */
    double idleCores() {
        return Math.max(NodeLoad.LEAST_CORES, size.cores() - cpuUsedMillis / 1000.0);
    }

    /** Starts that wait or run at the given time. */
    int runningThaws(double now) {
        return (int) slotsBusyUntil.stream().filter(until -> until > now).count();
    }

    boolean hasRoom(Function function) {
        return memoryUsed + function.memoryBytes() <= size.memoryBytes()
                && cpuUsedMillis + function.cpuMillis() <= size.cores() * 1000;
    }
}
