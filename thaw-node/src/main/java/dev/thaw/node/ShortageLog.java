package dev.thaw.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.Shortage;

/** An instance's log in which shortages are said, and told to the worker's listener. */
final class ShortageLog implements AgentLog {
    private final AgentLog log;
    private final Revision revision;
    private final String instance;
    private final WorkerListener listener;

    ShortageLog(AgentLog log, Revision revision, String instance, WorkerListener listener) {
        this.log = requireNonNull(log, "log is null");
        this.revision = requireNonNull(revision, "revision is null");
        this.instance = requireNonNull(instance, "instance is null");
        this.listener = requireNonNull(listener, "listener is null");
    }

    @Override
    public void append(Source source, byte[] bytes) {
        log.append(source, bytes);
    }

    @Override
    public void dropped(long bytes) {
        log.dropped(bytes);
    }

    @Override
    public void ranShort(Shortage shortage) {
        String text = shortage.text(revision.shape().memoryBytes());
        log.append(Source.AGENT, (text + "\n").getBytes(UTF_8));
        log.ranShort(shortage);
        listener.ranShort(revision, instance, shortage, text);
    }
}
