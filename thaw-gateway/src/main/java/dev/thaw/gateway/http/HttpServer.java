package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server, for HTTP/1.x and HTTP/2, with a virtual thread for each connection and each stream. The messages' own work is httpcore's; connections, their number and
 * their times are ours.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final int BACKLOG = 1_024;
    private static final int KNOCK_MILLIS = 1_000;
    private static final byte[] FULL = ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
                    + "Content-Type: text/plain\r\nContent-Length: 47\r\n\r\n"
                    + "Too many connections are open. Try again later.")
            .getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket listener;
    private final InetSocketAddress address;
    private final HttpLimits limits;
    private final HttpHandler handler;
    private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final Thread watching;

    /** Guarded by this. */
    private Thread accepting;

    private HttpServer(ServerSocket listener, InetSocketAddress address, HttpLimits limits, HttpHandler handler) {
        this.listener = requireNonNull(listener, "listener is null");
        this.address = requireNonNull(address, "address is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.handler = requireNonNull(handler, "handler is null");
        accepting = accepter();
        watching = Thread.ofVirtual().name("thaw-http-watch").unstarted(this::watch);
    }

    /** @throws IOException when the address cannot be listened on */
    public static HttpServer open(InetSocketAddress address, HttpLimits limits, HttpHandler handler)
            throws IOException {
        ServerSocket listener = new ServerSocket();
        try {
            listener.setReuseAddress(true);
            listener.bind(address, BACKLOG);
        } catch (IOException e) {
            listener.close();
            throw new IOException(
                    "Nothing can be listened on at " + address + ": " + e.getMessage()
                            + ". Choose another address with --listen.",
                    e);
        }
        return open(listener, (InetSocketAddress) listener.getLocalSocketAddress(), limits, handler);
    }

    /**
     * Serves on a socket that listens already.
     *
     * @param address where it listens, which a socket that came from another process does not know
     */
    public static HttpServer open(
            ServerSocket listener, InetSocketAddress address, HttpLimits limits, HttpHandler handler) {
        HttpServer server = new HttpServer(listener, address, limits, handler);
        server.start();
        return server;
    }

    private synchronized void start() {
        accepting.start();
        watching.start();
    }

    public InetSocketAddress address() {
        return address;
    }

    /** Connections that are open now. */
    public int connections() {
        return connections.size();
    }

    private void accept() {
        while (!closed.get() && !leaving.get()) {
            Socket socket;
            try {
                socket = listener.accept();
            } catch (IOException e) {
                if (!closed.get()) {
                    log.warn("A connection cannot be accepted: {}", e.getMessage());
                    pause();
                }
                continue;
            }
            if (connections.size() >= limits.connections()) {
                refuse(socket);
                continue;
            }
            ServerConnection connection = new ServerConnection(socket, limits, handler, closed::get, leaving::get);
            connections.add(connection);
            Thread.ofVirtual().name("thaw-http").start(() -> {
                try {
                    connection.run();
                } finally {
                    connections.remove(connection);
                }
            });
        }
    }

    /** Out of descriptors, most likely: trying again at once would only burn a core. */
    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(50));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refuse(Socket socket) {
        // A fresh connection's send buffer takes this without waiting.
        try (socket) {
            socket.getOutputStream().write(FULL);
        } catch (IOException e) {
            log.debug("A client went away while it was refused", e);
        }
    }

    private void watch() {
        try {
            while (!closed.get()) {
                Thread.sleep(Duration.ofSeconds(1));
                long now = System.nanoTime();
                connections.forEach(connection -> connection.checkTime(now));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Accepts no more, for another process to take the listening socket, and tells each client with its next answer to come back on another connection. Unlike
     * {@link #drain}, no connection is lost by it, for the socket stays open.
     */
    public synchronized void leave() throws IOException, InterruptedException {
        leaving.set(true);
        // An accept that is broken off could lose what it has just taken; this lets it return.
        InetAddress near =
                address.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address.getAddress();
        while (accepting.isAlive()) {
            try (Socket knock = new Socket()) {
                knock.connect(new InetSocketAddress(near, address.getPort()), KNOCK_MILLIS);
            }
            accepting.join(Duration.ofMillis(KNOCK_MILLIS));
        }
    }

    /** Takes back {@link #leave}. */
    public synchronized void stay() {
        leaving.set(false);
        accepting = accepter();
        accepting.start();
    }

    private Thread accepter() {
        return Thread.ofPlatform().name("thaw-http-accept").unstarted(this::accept);
    }

    /** Ends the connections that have waited for a request since before {@code nanos}. Returns whether there is none left from which one may come. */
    public boolean endIdleSince(long nanos) {
        connections.forEach(connection -> connection.endIfIdleSince(nanos));
        return connections.stream().noneMatch(ServerConnection::mayAsk);
    }

    /** Requests that are being handled. */
    public int exchanges() {
        return connections.stream().mapToInt(ServerConnection::exchanges).sum();
    }

    /** Accepts no more, and ends the connections that wait for a request. */
    public synchronized void drain() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            listener.close();
        } catch (IOException e) {
            log.warn("The listener cannot be closed", e);
        }
        try {
            // The kernel takes connections for as long as the thread is in its call.
            accepting.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.forEach(ServerConnection::endIfIdle);
    }

    /** Waits until no request is under way any more. Returns whether that came true. */
    public boolean awaitIdle(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!connections.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(Duration.ofMillis(5));
        }
        return connections.isEmpty();
    }

    /** Ends all connections at once. */
    @Override
    public synchronized void close() {
        drain();
        connections.forEach(ServerConnection::end);
        watching.interrupt();
        try {
            accepting.join();
            watching.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
