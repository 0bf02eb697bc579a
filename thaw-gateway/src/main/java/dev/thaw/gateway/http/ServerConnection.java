package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http2.Http2Connection;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.apache.hc.core5.http.HttpException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection, in its own thread. Its first bytes tell which version of HTTP it speaks. */
final class ServerConnection {
    private static final Logger log = LoggerFactory.getLogger(ServerConnection.class);
    private static final byte[] PREFACE = Http2Connection.PREFACE.getBytes(StandardCharsets.US_ASCII);
    private static final Duration LINGER = Duration.ofSeconds(1);
    private static final int LINGER_BYTES = 8 << 10;

    private final Socket socket;
    private final HttpLimits limits;
    private final HttpHandler handler;
    private final BooleanSupplier draining;
    private final BooleanSupplier leaving;
    private final Deadlines deadlines = new Deadlines();

    /** Set by the connection's thread once the client has shown to speak HTTP/2; read by who drains the server. */
    private volatile @Nullable Http2Session http2;

    /** Whether the last answer has gone out. Written by the connection's thread, read by who hands the server over. */
    private volatile boolean over;

    /** @param leaving whether clients are to come back on other connections */
    ServerConnection(
            Socket socket, HttpLimits limits, HttpHandler handler, BooleanSupplier draining, BooleanSupplier leaving) {
        this.socket = requireNonNull(socket, "socket is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.handler = requireNonNull(handler, "handler is null");
        this.draining = requireNonNull(draining, "draining is null");
        this.leaving = requireNonNull(leaving, "leaving is null");
    }

    void run() {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Math.toIntExact(limits.idleTime().toMillis()));
            byte[] first = firstBytes();
            if (first.length == 0) {
                return;
            }
            WatchedOutput output = new WatchedOutput(socket.getOutputStream(), deadlines, limits.idleTime());
            if (Arrays.equals(first, PREFACE)) {
                deadlines.headIsThere();
                Http2Session session = new Http2Session(socket, output, limits, handler);
                http2 = session;
                if (draining.getAsBoolean()) {
                    return;
                }
                session.run();
                return;
            }
            InputStream input = new ReplayInput(first, socket.getInputStream());
            Http1Session session = new Http1Session(socket, input, output, limits, handler, deadlines, leaving);
            if (session.run(draining)) {
                over = true;
                linger();
            }
        } catch (SocketTimeoutException e) {
            log.debug("A connection was silent for too long");
        } catch (IOException e) {
            log.debug("A connection ended: {}", e.toString());
        } catch (HttpException e) {
            log.debug("A connection ended: an answer could not be sent: {}", e.toString());
        }
    }

    /** As many bytes as it takes to tell the version: the preface of HTTP/2 or something else. */
    private byte[] firstBytes() throws IOException {
        InputStream input = socket.getInputStream();
        byte[] bytes = new byte[PREFACE.length];
        int size = 0;
        while (size < PREFACE.length && Arrays.mismatch(bytes, 0, size, PREFACE, 0, size) < 0) {
            int count = input.read(bytes, size, PREFACE.length - size);
            if (count < 0) {
                break;
            }
            if (size == 0) {
                deadlines.idle(false);
                deadlines.headBegan(limits.headTime());
            }
            size += count;
        }
        return Arrays.copyOf(bytes, size);
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
        byte[] buffer = new byte[LINGER_BYTES];
        while (System.nanoTime() < deadline && socket.getInputStream().read(buffer) >= 0) {
            // What comes now nobody asked for.
        }
    }

    void checkTime(long now) {
        if (deadlines.passed(now)) {
            end();
        }
    }

    /** How many requests of it are being handled. */
    int exchanges() {
        Http2Session session = http2;
        if (session != null) {
            return session.active();
        }
        return deadlines.isAnswering() ? 1 : 0;
    }

    /** Whether a request may still come. */
    boolean mayAsk() {
        Http2Session session = http2;
        if (session != null) {
            return !session.isDraining();
        }
        return !over && !deadlines.isAnswering();
    }

    /** Ends it if it has waited for a request since before {@code nanos}; over HTTP/2, once the requests under way are answered. */
    void endIfIdleSince(long nanos) {
        Http2Session session = http2;
        if (session != null) {
            if (!session.isDraining()) {
                session.drain();
            }
        } else if (deadlines.isIdleSince(nanos)) {
            end();
        }
    }

    /** Ends the connection if it waits for a request; over HTTP/2, once the requests under way are answered. */
    void endIfIdle() {
        Http2Session session = http2;
        if (session != null) {
            session.drain();
        } else if (deadlines.isIdle()) {
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
