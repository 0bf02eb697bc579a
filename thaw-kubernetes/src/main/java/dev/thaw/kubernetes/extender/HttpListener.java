package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens, and serves each connection on a thread of its own: a scheduler keeps one or two and asks one thing after the other, so
 * that a request is answered by the thread that reads it. The JDK's server hands each request over twice.
 *
 * <p>A request that is not there in full after ten seconds, an answer that is not taken within thirty, and a connection on which
 * nothing is asked for five minutes are ended by closing the socket.
 */
final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
    private static final Duration SWEEP = Duration.ofMillis(500);
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final ServerSocket server;
    private final Optional<SSLContext> tls;
    private final Limits limits;
    private final Handler handler;
    private final Consumer<String> refused;
    private final Set<Served> connections = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;
    private final Thread sweeper;

    /**
     * @param receive from the first byte of a request to its last
     * @param answer from there until the answer has been taken
     * @param idle between requests
     * @param connections at once; more are closed at once
     */
    record Limits(Duration receive, Duration answer, Duration idle, int connections) {
        static final Limits DEFAULT =
                new Limits(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(5), 256);
    }

    /** Answers one request; called by many threads. */
    interface Handler {
        /** @return whether another request may follow on the connection */
        boolean handle(HttpConnection connection) throws IOException;
    }

    /**
     * Listens at once.
     *
     * @param refused told of why a connection was ended: slow, malformed or too-many-connections
     */
    HttpListener(
            InetSocketAddress address,
            Optional<SSLContext> tls,
            Limits limits,
            Handler handler,
            Consumer<String> refused)
            throws IOException {
        this.tls = requireNonNull(tls, "tls is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.handler = requireNonNull(handler, "handler is null");
        this.refused = requireNonNull(refused, "refused is null");
        server = new ServerSocket();
        server.setReuseAddress(true);
        try {
            server.bind(address);
        } catch (IOException e) {
            server.close();
            throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
        acceptor = Thread.ofPlatform().daemon().name("thaw-http-accept").start(this::accept);
        sweeper = Thread.ofVirtual().name("thaw-http-sweep").start(this::sweep);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                if (connections.size() >= limits.connections()) {
                    refused.accept("too-many-connections");
                    socket.close();
                    continue;
                }
                socket.setTcpNoDelay(true);
                Served served = new Served(socket);
                connections.add(served);
                served.thread.start();
            } catch (IOException e) {
                if (!server.isClosed()) {
                    LOG.warn("a connection could not be accepted: {}", e.getMessage());
                }
            }
        }
    }

    private void sweep() {
        try {
            while (!server.isClosed()) {
                TimeUnit.NANOSECONDS.sleep(SWEEP.toNanos());
                long now = System.nanoTime();
                for (Served served : connections) {
                    if (now - served.deadlineNanos > 0) {
                        served.expire();
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One connection that is being served. */
    private final class Served implements Runnable {
        private final Socket socket;
        private final Thread thread =
                Thread.ofPlatform().daemon().name("thaw-http").unstarted(this);
        private volatile long deadlineNanos;
        private volatile boolean within;

        Served(Socket socket) {
            this.socket = socket;
            allow(limits.receive());
        }

        private void allow(Duration time) {
            deadlineNanos = System.nanoTime() + time.toNanos();
        }

        /** Closing the socket under TLS too: that takes no locks and waits for nobody. */
        void expire() {
            if (within) {
                refused.accept("slow");
            }
            closeQuietly();
        }

        void closeQuietly() {
            try {
                socket.close();
            } catch (IOException e) {
                LOG.debug("a connection ended badly: {}", e.getMessage());
            }
        }

        @Override
        public void run() {
            within = true;
            try (socket;
                    Socket spoken = tls.isPresent() ? secured(tls.get()) : socket) {
                HttpConnection connection = new HttpConnection(
                        spoken.getInputStream(), spoken.getOutputStream(), () -> allow(limits.answer()));
                serve(connection);
                within = false;
                allow(LINGER);
                spoken.shutdownOutput();
                connection.linger();
            } catch (SSLException e) {
                refused.accept("malformed");
                LOG.warn("refused a connection: {}", e.getMessage());
            } catch (EOFException | SocketException e) {
                LOG.debug("a connection ended: {}", e.getMessage());
            } catch (IOException e) {
                LOG.warn("a connection failed: {}", e.getMessage());
            } finally {
                connections.remove(this);
            }
        }

        private Socket secured(SSLContext context) throws IOException {
            SSLSocket secured = (SSLSocket) context.getSocketFactory()
                    .createSocket(socket, socket.getInetAddress().getHostAddress(), socket.getPort(), true);
            secured.setUseClientMode(false);
            secured.startHandshake();
            return secured;
        }

        private void serve(HttpConnection connection) throws IOException {
            boolean again = true;
            while (again && !server.isClosed()) {
                within = false;
                allow(limits.idle());
                if (!connection.awaitRequest()) {
                    return;
                }
                within = true;
                allow(limits.receive());
                try {
                    connection.readHead();
                    again = handler.handle(connection);
                } catch (HttpConnection.BadHead e) {
                    refused.accept("malformed");
                    byte[] why = ("malformed: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
                    again = connection.answer(e.status, "text/plain; charset=utf-8", why, why.length, true);
                }
            }
        }
    }

    /** Ends all connections and waits for their threads. */
    @Override
    public void close() {
        try {
            server.close();
            for (Served served : connections) {
                served.closeQuietly();
                served.thread.join();
            }
            sweeper.interrupt();
            sweeper.join();
            acceptor.join();
        } catch (IOException e) {
            LOG.warn("the listener ended badly: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
