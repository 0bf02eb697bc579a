package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has been opened, closed in the opposite order. One that does not close does not keep the others open. */
public final class Resources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Resources.class);

    private record Named(String name, AutoCloseable resource) {}

    private final Deque<Named> opened = new ArrayDeque<>();

    <T extends AutoCloseable> T add(String name, T resource) {
        opened.addFirst(new Named(name, requireNonNull(resource, "resource is null")));
        return resource;
    }

    /** Closes one of them before its turn; nothing when there is none of the name. */
    void close(String name) {
        opened.stream().filter(one -> one.name().equals(name)).findFirst().ifPresent(one -> {
            opened.remove(one);
            close(one);
        });
    }

    /** Closes none of that name. */
    void forget(String name) {
        opened.removeIf(one -> one.name().equals(name));
    }

    private static void close(Named one) {
        try {
            one.resource().close();
        } catch (Exception e) {
            log.warn("{} cannot be closed", one.name(), e);
        }
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            close(opened.removeFirst());
        }
    }
}
