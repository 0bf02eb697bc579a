package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpRequestParserFactory;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** HTTP/1.x on a connection: request after request. */
final class Http1Session {
    private static final int BUFFER_BYTES = 8 << 10;

    private final Socket socket;
    private final Connection connection;
    private final HttpLimits limits;
    private final HttpHandler handler;
    private final Deadlines deadlines;
    private final BooleanSupplier leaving;

    /** @param leaving whether the client is to come back on another connection */
    Http1Session(
            Socket socket,
            InputStream input,
            OutputStream output,
            HttpLimits limits,
            HttpHandler handler,
            Deadlines deadlines,
            BooleanSupplier leaving)
            throws IOException {
        this.socket = requireNonNull(socket, "socket is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.handler = requireNonNull(handler, "handler is null");
        this.deadlines = requireNonNull(deadlines, "deadlines is null");
        this.leaving = requireNonNull(leaving, "leaving is null");
        connection = new Connection(limits);
        connection.bind(new Streams(socket, input, output));
    }

    /** Returns whether the client may still be sending although the last answer has gone out. */
    boolean run(BooleanSupplier draining) throws IOException, HttpException {
        boolean next = true;
        while (next && !draining.getAsBoolean() && awaitRequest()) {
            next = serve();
        }
        return !next;
    }

    private boolean awaitRequest() throws IOException {
        deadlines.idle(true);
        try {
            boolean there = connection.isDataAvailable(Timeout.of(limits.idleTime()));
            deadlines.idle(false);
            return there;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private boolean serve() throws IOException, HttpException {
        @Nullable Exchange exchange = null;
        @Nullable Http1Reply reply = null;
        try {
            socket.setSoTimeout(Math.toIntExact(limits.idleTime().toMillis()));
            deadlines.headBegan(limits.headTime());
            ClassicHttpRequest request = connection.receiveRequestHeader();
            deadlines.headIsThere();
            if (request == null) {
                return false;
            }
            long now = System.nanoTime();
            RequestRules.check(request);
            connection.receiveRequestEntity(request);
            reply = new Http1Reply(connection, socket, request);
            if (leaving.getAsBoolean()) {
                reply.last();
            }
            exchange = new Exchange(reply, request, limits.bodyBytes(), now);
            deadlines.answering(true);
            handler.handle(exchange);
            return canGoOn(exchange, reply);
        } catch (ProblemException e) {
            if (exchange == null || reply == null) {
                refuse(e.problem());
                return false;
            }
            if (exchange.responded()) {
                return false;
            }
            exchange.respond(e.problem());
            return canGoOn(exchange, reply);
        } catch (IOException | HttpException | RuntimeException e) {
            Optional<Problem> problem = Faults.problem(e, limits);
            if (problem.isEmpty()) {
                throw e;
            }
            giveUp(exchange, problem.get());
            return false;
        } finally {
            deadlines.answering(false);
            deadlines.headIsThere();
        }
    }

    /** Reads on to the end of the request where that is near. */
    private static boolean canGoOn(Exchange exchange, Http1Reply reply) throws IOException {
        return exchange.responded() && reply.keepsAlive() && exchange.body().skipRest();
    }

    /** Answers with the problem if nothing has been answered; the connection ends in any case. */
    private void giveUp(@Nullable Exchange exchange, Problem problem) throws IOException, HttpException {
        if (exchange == null) {
            refuse(problem);
        } else if (!exchange.responded()) {
            exchange.respondLast(problem);
        }
    }

    /** The answer to a request that cannot be read. */
    private void refuse(Problem problem) throws IOException, HttpException {
        ClassicHttpRequest unknown = new BasicClassicHttpRequest("GET", "/");
        try {
            new Exchange(new Http1Reply(connection, socket, unknown), unknown, 0, System.nanoTime())
                    .respondLast(problem);
        } catch (ProblemException e) {
            throw new IllegalStateException(e);
        }
    }

    /** httpcore's connection, over streams of our own. */
    private static final class Connection extends DefaultBHttpServerConnection {
        Connection(HttpLimits limits) {
            this(Http1Config.custom()
                    .setBufferSize(BUFFER_BYTES)
                    .setMaxLineLength(limits.lineBytes())
                    .setMaxHeaderCount(limits.headers())
                    .setMaxEmptyLineCount(2)
                    .build());
        }

        private Connection(Http1Config config) {
            // The parser has limits of its own, which the connection's settings do not reach.
            super("http", config, null, null, null, null, new DefaultHttpRequestParserFactory(config), null);
        }

        @Override
        protected void bind(SocketHolder holder) throws IOException {
            super.bind(holder);
        }
    }

    private static final class Streams extends SocketHolder {
        private final InputStream input;
        private final OutputStream output;

        Streams(Socket socket, InputStream input, OutputStream output) {
            super(socket);
            this.input = input;
            this.output = output;
        }

        @Override
        protected InputStream getInputStream(Socket socket) {
            return input;
        }

        @Override
        protected OutputStream getOutputStream(Socket socket) {
            return output;
        }
    }
}
