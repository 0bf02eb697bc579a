package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.observe.Ring;
import dev.thaw.guest.AgentLog;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What functions say: the last of it, for each function, in memory. */
public final class FunctionLogs {
    private final long bytesPerFunction;
    private final Clock clock;
    private final Map<String, Ring<LogLine>> rings = new ConcurrentHashMap<>();

    public FunctionLogs(long bytesPerFunction, Clock clock) {
        this.bytesPerFunction = bytesPerFunction;
        this.clock = requireNonNull(clock, "clock is null");
    }

    public Ring<LogLine> of(String function) {
        return rings.computeIfAbsent(function, name -> new Ring<>(bytesPerFunction, LogLine::sizeBytes));
    }

    /** The log of one instance, named {@code function/instance}. */
    public AgentLog agentLog(String functionAndInstance) {
        int slash = functionAndInstance.indexOf('/');
        String function = functionAndInstance.substring(0, slash);
        return new InstanceLog(of(function), functionAndInstance.substring(slash + 1), clock);
    }

    /** Forgets a function that is gone. */
    public void remove(String function) {
        Ring<LogLine> ring = rings.remove(function);
        if (ring != null) {
            ring.close();
        }
    }

    /** Ends all who follow. */
    public void close() {
        rings.values().forEach(Ring::close);
    }
}
