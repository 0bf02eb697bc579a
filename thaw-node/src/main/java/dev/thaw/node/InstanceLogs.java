package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentLog;
import java.util.function.Function;

/** A worker's logs of its instances. */
final class InstanceLogs {
    private final Function<String, AgentLog> logs;
    private final WorkerListener listener;

    /**
     * @param logs gives the log of an instance by its name and function, as {@code function/instance}
     * @param listener hears of shortages
     */
    InstanceLogs(Function<String, AgentLog> logs, WorkerListener listener) {
        this.logs = requireNonNull(logs, "logs is null");
        this.listener = requireNonNull(listener, "listener is null");
    }

    AgentLog of(Revision revision, String instance) {
        return new ShortageLog(logs.apply(revision.function() + "/" + instance), revision, instance, listener);
    }
}
