package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http2.Http2Connection;
import dev.thaw.gateway.http2.Http2Limits;
import dev.thaw.gateway.http2.Http2Listener;
import dev.thaw.gateway.http2.Http2Messages;
import dev.thaw.gateway.http2.Http2Stream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http2.H2Error;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HTTP/2 on a connection: a virtual thread for each stream. */
final class Http2Session implements Http2Listener {
    private static final Logger log = LoggerFactory.getLogger(Http2Session.class);

    private final Socket socket;
    private final HttpLimits limits;
    private final Http2Limits streamLimits;
    private final HttpHandler handler;
    private final Http2Connection connection;
    private final AtomicBoolean draining = new AtomicBoolean();

    /** Handlers at work; one whose stream was given up counts until it has noticed. */
    private final AtomicInteger active = new AtomicInteger();

    Http2Session(Socket socket, OutputStream output, HttpLimits limits, HttpHandler handler) throws IOException {
        this.socket = requireNonNull(socket, "socket is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.handler = requireNonNull(handler, "handler is null");
        streamLimits = Http2Limits.waiting(limits.idleTime());
        connection = new Http2Connection(socket.getInputStream(), output, streamLimits, this);
    }

    /** The preface has been read. */
    void run() throws IOException {
        connection.start();
        connection.run();
    }

    @Override
    public boolean opened(Http2Stream stream) {
        if (active.incrementAndGet() > streamLimits.streams()) {
            active.decrementAndGet();
            return false;
        }
        Thread.ofVirtual().name("thaw-http2-" + stream.id()).start(() -> {
            try {
                serve(stream);
            } finally {
                if (active.decrementAndGet() == 0 && draining.get()) {
                    close();
                }
            }
        });
        return true;
    }

    private void serve(Http2Stream stream) {
        ClassicHttpRequest request;
        try {
            request = Http2Messages.request(stream.awaitHead());
        } catch (IOException | HttpException e) {
            // A malformed request is no request (RFC 9113, section 8.1.1).
            log.debug("A stream is malformed: {}", e.toString());
            stream.reset(H2Error.PROTOCOL_ERROR);
            return;
        }
        @Nullable Exchange exchange = null;
        boolean answered = false;
        try {
            long now = System.nanoTime();
            if (!stream.isBodyless()) {
                request.setEntity(Http2Body.entity(stream, request));
            }
            Http2Reply reply = new Http2Reply(stream, request.getMethod(), socket.getInetAddress());
            exchange = new Exchange(reply, request, limits.bodyBytes(), now);
            RequestRules.check(request);
            handler.handle(exchange);
            answered = exchange.responded();
        } catch (ProblemException e) {
            answered = answer(stream, exchange, e.problem());
        } catch (IOException | HttpException | RuntimeException e) {
            Optional<Problem> problem = Faults.problem(e, limits);
            if (problem.isEmpty()) {
                log.debug("A stream ended: {}", e.toString());
            } else {
                answered = answer(stream, exchange, problem.get());
            }
        } finally {
            // What the client still sends nobody reads; without a whole answer it must not wait for one.
            stream.reset(answered ? H2Error.NO_ERROR : H2Error.INTERNAL_ERROR);
        }
    }

    /** Returns whether the answer is whole. */
    private boolean answer(Http2Stream stream, @Nullable Exchange exchange, Problem problem) {
        if (exchange != null && exchange.responded()) {
            return false;
        }
        try {
            Exchange answering = exchange == null ? unknown(stream) : exchange;
            answering.respond(problem);
            return true;
        } catch (ProblemException e) {
            throw new IllegalStateException(e);
        } catch (IOException | HttpException e) {
            log.debug("A stream ended before its answer: {}", e.toString());
            return false;
        }
    }

    /** For the answer to a request that cannot be taken. */
    private Exchange unknown(Http2Stream stream) throws ProblemException, IOException {
        ClassicHttpRequest unknown = new BasicClassicHttpRequest("GET", "/");
        return new Exchange(new Http2Reply(stream, "GET", socket.getInetAddress()), unknown, 0, System.nanoTime());
    }

    int active() {
        return active.get();
    }

    boolean isDraining() {
        return draining.get();
    }

    /** Takes no further requests; the connection ends with the last answer. */
    void drain() {
        draining.set(true);
        try {
            connection.goAway();
        } catch (IOException e) {
            log.debug("A client cannot be told to go: {}", e.toString());
        }
        if (active.get() == 0) {
            close();
        }
    }

    private void close() {
        try {
            socket.close();
        } catch (IOException e) {
            log.debug("A connection cannot be closed", e);
        }
    }
}
