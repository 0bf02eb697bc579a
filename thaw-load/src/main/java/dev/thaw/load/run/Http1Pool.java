package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Connections to one address that wait for requests, the most recently used first, and requests that wait for connections, the oldest
 * first; at most one of them has any.
 */
final class Http1Pool {
    /**
     * Connections that are being opened at once. Without a bound, a loader that was held up for a moment opens one for each request that
     * became due meanwhile, is held up by that, and ends without a free port.
     */
    private static final int MOST_OPENING = 64;

    private final Http1Invoker invoker;
    private final String host;
    private final int port;
    private final ArrayDeque<Http1Connection> idle = new ArrayDeque<>();
    private final Set<Exchange> waiting = new LinkedHashSet<>();
    private int opening;

    Http1Pool(Http1Invoker invoker, String host, int port) {
        this.invoker = requireNonNull(invoker, "invoker is null");
        this.host = requireNonNull(host, "host is null");
        this.port = port;
    }

    /** Gives the exchange a connection: an idle one, or whichever is ready first of a new one and one that another is done with. */
    void take(Exchange exchange) {
        Http1Connection connection = takeIdle();
        if (connection != null) {
            connection.send(exchange);
            return;
        }
        waiting.add(exchange);
        exchange.abortWith(() -> waiting.remove(exchange));
        invoker.limitWait(exchange);
        openForWaiting();
    }

    private @Nullable Http1Connection takeIdle() {
        long now = System.nanoTime();
        Http1Connection newest = idle.pollLast();
        while (newest != null && !newest.isUsable(now)) {
            newest.close();
            newest = idle.pollLast();
        }
        return newest;
    }

    /** Opens connections for those that wait and have none under way yet, as far as that is allowed. */
    void openForWaiting() {
        while (opening < Math.min(waiting.size(), MOST_OPENING) && invoker.mayOpen(this)) {
            opening++;
            Http1Connection fresh = new Http1Connection(invoker, this);
            invoker.connect(host, port, fresh, future -> {
                opening--;
                if (future.isSuccess()) {
                    free(fresh);
                } else {
                    failOldest(String.valueOf(future.cause().getMessage()));
                }
                openForWaiting();
            });
        }
    }

    /** Gives the connection to the request that waits longest, or keeps it for the next one. */
    void free(Http1Connection connection) {
        if (!waiting.isEmpty()) {
            connection.send(takeWaiting());
            return;
        }
        long now = System.nanoTime();
        connection.idleFrom(now);
        idle.addLast(connection);
        // One is added, at most one goes: what a burst has opened is closed bit by bit.
        if (!idle.getFirst().isUsable(now)) {
            closeOldestIdle();
        }
    }

    private void failOldest(String why) {
        if (!waiting.isEmpty()) {
            takeWaiting().fail(Outcome.CONNECT, why);
        }
    }

    private Exchange takeWaiting() {
        Exchange oldest = waiting.iterator().next();
        waiting.remove(oldest);
        return oldest;
    }

    /** Returns whether there was one. */
    boolean closeOldestIdle() {
        Http1Connection oldest = idle.pollFirst();
        if (oldest != null) {
            oldest.close();
        }
        return oldest != null;
    }
}
