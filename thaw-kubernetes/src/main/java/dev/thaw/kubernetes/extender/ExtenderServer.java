package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;

/**
 * The scheduler extender's face: {@code POST /prioritize}, {@code /healthz}, {@code /readyz}, {@code /metrics}.
 *
 * <p>Until the index is filled it answers 503: an error of an ignorable prioritizer leaves the decision to the scheduler's other
 * signals, which is what no knowledge should do. A connection that does not deliver its request in time is closed.
 */
public final class ExtenderServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExtenderServer.class);
    private static final int TOO_LARGE = 413;
    private static final int BAD_REQUEST = 400;

    static {
        // Read once by the JDK's server, when its first one is made. Without the first, small answers wait 40 ms for an
        // acknowledgement; the second ends requests that never end, the third answers that nobody reads.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "30");
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final Prioritizer prioritizer;
    private final ExtenderMetrics metrics;
    private final BooleanSupplier ready;
    private final Consumer<Prioritizer.Work> explainer;

    /**
     * Listens at once.
     *
     * @param tls empty for plain HTTP
     * @param ready whether the index is filled
     * @param explainer told of each pod that was decided on
     */
    ExtenderServer(
            InetSocketAddress address,
            Optional<SSLContext> tls,
            Prioritizer prioritizer,
            ExtenderMetrics metrics,
            BooleanSupplier ready,
            Consumer<Prioritizer.Work> explainer)
            throws IOException {
        this.prioritizer = requireNonNull(prioritizer, "prioritizer is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.ready = requireNonNull(ready, "ready is null");
        this.explainer = requireNonNull(explainer, "explainer is null");
        this.server = tls.isPresent() ? HttpsServer.create(address, 0) : HttpServer.create(address, 0);
        if (server instanceof HttpsServer https) {
            https.setHttpsConfigurator(new HttpsConfigurator(tls.orElseThrow()));
        }
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, 404, "there is nothing here; POST to /prioritize\n"));
        server.createContext("/prioritize", this::prioritize);
        server.createContext("/healthz", exchange -> answer(exchange, 200, "ok\n"));
        server.createContext("/readyz", exchange -> {
            boolean filled = ready.getAsBoolean();
            answer(exchange, filled ? 200 : 503, filled ? "ok\n" : "the index is being filled\n");
        });
        server.createContext("/metrics", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            answer(exchange, 200, metrics.scrape());
        });
        server.start();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void prioritize(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            answer(exchange, 405, "only POST\n");
            return;
        }
        if (!ready.getAsBoolean()) {
            metrics.refused("not-ready");
            answer(exchange, 503, "the index is being filled; decide without it\n");
            return;
        }
        long start = System.nanoTime();
        try (InputStream body = exchange.getRequestBody();
                Prioritizer.Work work = prioritizer.prioritize(body)) {
            if (work.opinion) {
                metrics.decided(Duration.ofNanos(System.nanoTime() - start));
            } else {
                metrics.noOpinion();
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, work.answer.length());
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(work.answer.bytes(), 0, work.answer.length());
            }
            if (work.opinion) {
                explainer.accept(work);
            }
        } catch (StreamConstraintsException e) {
            refuse(exchange, TOO_LARGE, "too-large", e.getOriginalMessage());
        } catch (JacksonException e) {
            refuse(
                    exchange,
                    BAD_REQUEST,
                    e.getCause() instanceof IOException ? "broken-off" : "malformed",
                    e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            refuse(
                    exchange,
                    BAD_REQUEST,
                    "malformed",
                    e.getMessage() == null ? "a number that is none" : e.getMessage());
        }
    }

    /** The connection is closed afterwards: what is left of a bad request is not worth reading. */
    private void refuse(HttpExchange exchange, int status, String reason, String message) throws IOException {
        metrics.refused(reason);
        LOG.warn("refused a request: {}: {}", reason, message);
        exchange.getResponseHeaders().set("Connection", "close");
        answer(exchange, status, reason + ": " + message + "\n");
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(1);
        threads.close();
    }
}
