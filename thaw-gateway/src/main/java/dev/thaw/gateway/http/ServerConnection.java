package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NotImplementedException;
import org.apache.hc.core5.http.RequestHeaderFieldsTooLargeException;
import org.apache.hc.core5.http.UnsupportedHttpVersionException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpRequestParserFactory;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection: request after request, in its own thread. */
final class ServerConnection {
    private static final Logger log = LoggerFactory.getLogger(ServerConnection.class);
    private static final int BUFFER_BYTES = 8 << 10;
    private static final Duration LINGER = Duration.ofSeconds(1);
    private static final long NONE = Long.MAX_VALUE;

    private final Socket socket;
    private final HttpLimits limits;
    private final HttpHandler handler;
    private final BooleanSupplier draining;

    /** {@link System#nanoTime} by which the head under way must be there. Written by the connection's thread, read by the watcher. */
    private volatile long headDeadline = NONE;

    /** Between requests. Written by the connection's thread, read by who drains the server. */
    private volatile boolean idle = true;

    ServerConnection(Socket socket, HttpLimits limits, HttpHandler handler, BooleanSupplier draining) {
        this.socket = requireNonNull(socket, "socket is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.handler = requireNonNull(handler, "handler is null");
        this.draining = requireNonNull(draining, "draining is null");
    }

    void run() {
        Http1Config config = Http1Config.custom()
                .setBufferSize(BUFFER_BYTES)
                .setMaxLineLength(limits.lineBytes())
                .setMaxHeaderCount(limits.headers())
                .setMaxEmptyLineCount(2)
                .build();
        DefaultBHttpServerConnection connection = new DefaultBHttpServerConnection(
                // The parser has limits of its own, which the connection's settings do not reach.
                "http", config, null, null, null, null, new DefaultHttpRequestParserFactory(config), null);
        try (socket) {
            socket.setTcpNoDelay(true);
            connection.bind(socket);
            boolean next = true;
            while (next && !draining.getAsBoolean() && awaitRequest(connection)) {
                next = serve(connection);
            }
            if (!next) {
                linger();
            }
        } catch (IOException e) {
            log.debug("A connection ended: {}", e.toString());
        } catch (HttpException e) {
            log.debug("A connection ended: an answer could not be sent: {}", e.toString());
        } finally {
            connection.close(CloseMode.IMMEDIATE);
        }
    }

    /**
     * Lets a client read the last answer although it is still sending: a connection that is closed over unread bytes is reset, and the answer
     * lost with it.
     */
    private void linger() throws IOException {
        if (socket.isClosed()) {
            return;
        }
        socket.shutdownOutput();
        long deadline = System.nanoTime() + LINGER.toNanos();
        socket.setSoTimeout(Math.toIntExact(LINGER.toMillis()));
        byte[] buffer = new byte[BUFFER_BYTES];
        while (System.nanoTime() < deadline && socket.getInputStream().read(buffer) >= 0) {
            // What comes now nobody asked for.
        }
    }

    private boolean awaitRequest(DefaultBHttpServerConnection connection) throws IOException {
        idle = true;
        try {
            boolean there = connection.isDataAvailable(Timeout.of(limits.idleTime()));
            idle = false;
            return there;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private boolean serve(DefaultBHttpServerConnection connection) throws IOException, HttpException {
        ClassicHttpRequest request;
        @Nullable Exchange exchange = null;
        try {
            socket.setSoTimeout(Math.toIntExact(limits.idleTime().toMillis()));
            headDeadline = System.nanoTime() + limits.headTime().toNanos();
            request = connection.receiveRequestHeader();
            headDeadline = NONE;
            if (request == null) {
                return false;
            }
            long now = System.nanoTime();
            RequestRules.check(request);
            connection.receiveRequestEntity(request);
            exchange = new Exchange(connection, socket, request, limits.bodyBytes(), now);
            handler.handle(exchange);
            return exchange.finish();
        } catch (ProblemException e) {
            if (exchange == null) {
                refuse(connection, e.problem());
                return false;
            }
            if (exchange.responded()) {
                return false;
            }
            exchange.respond(e.problem());
            return exchange.finish();
        } catch (RequestBody.BodyTooLargeException e) {
            return giveUp(connection, exchange, e.problem());
        } catch (SocketTimeoutException e) {
            return giveUp(
                    connection,
                    exchange,
                    Problem.of(
                            408,
                            "too-slow",
                            "The request came too slowly",
                            "No byte of it came for " + limits.idleTime().toSeconds() + " s."));
        } catch (MessageConstraintException | RequestHeaderFieldsTooLargeException e) {
            return giveUp(
                    connection,
                    exchange,
                    Problem.of(
                            431,
                            "headers-too-large",
                            "The request's headers are too large",
                            "At most " + limits.headers() + " headers of at most " + limits.lineBytes()
                                    + " bytes each are taken."));
        } catch (UnsupportedHttpVersionException e) {
            return giveUp(
                    connection,
                    exchange,
                    Problem.of(505, "unknown-version", "The version of HTTP is not supported", "Use HTTP/1.1."));
        } catch (NotImplementedException e) {
            return giveUp(
                    connection,
                    exchange,
                    Problem.of(501, "not-implemented", "The request is not supported", String.valueOf(e.getMessage())));
        } catch (HttpException e) {
            return giveUp(connection, exchange, Problem.badRequest(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            log.error("A request failed", e);
            return giveUp(
                    connection,
                    exchange,
                    Problem.of(500, "internal", "Thaw has a fault", "The daemon's log says more: " + e));
        } finally {
            headDeadline = NONE;
        }
    }

    /** Answers with the problem if nothing has been answered; the connection ends in any case. */
    private boolean giveUp(DefaultBHttpServerConnection connection, @Nullable Exchange exchange, Problem problem)
            throws IOException, HttpException {
        if (exchange == null) {
            refuse(connection, problem);
        } else if (!exchange.responded()) {
            exchange.keepAliveNot();
            exchange.respond(problem);
        }
        return false;
    }

    /** The answer to a request that cannot be read. */
    private void refuse(DefaultBHttpServerConnection connection, Problem problem) throws IOException, HttpException {
        ClassicHttpRequest unknown = new BasicClassicHttpRequest("GET", "/");
        try {
            Exchange exchange = new Exchange(connection, socket, unknown, 0, System.nanoTime());
            exchange.keepAliveNot();
            exchange.respond(problem);
        } catch (ProblemException e) {
            throw new IllegalStateException(e);
        }
    }

    void checkTime(long now) {
        if (headDeadline != NONE && now - headDeadline > 0) {
            end();
        }
    }

    void endIfIdle() {
        if (idle) {
            end();
        }
    }

    void end() {
        try {
            socket.close();
        } catch (IOException e) {
            log.debug("A connection cannot be closed", e);
        }
    }
}
