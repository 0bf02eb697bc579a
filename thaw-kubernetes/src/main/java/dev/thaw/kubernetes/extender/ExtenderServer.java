package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
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

    private static final String TEXT = "text/plain; charset=utf-8";

    private final HttpListener listener;
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
            HttpListener.Limits limits,
            Prioritizer prioritizer,
            ExtenderMetrics metrics,
            BooleanSupplier ready,
            Consumer<Prioritizer.Work> explainer)
            throws IOException {
        this.prioritizer = requireNonNull(prioritizer, "prioritizer is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.ready = requireNonNull(ready, "ready is null");
        this.explainer = requireNonNull(explainer, "explainer is null");
        listener = new HttpListener(address, tls, limits, this::handle, metrics::refused);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return listener.address();
    }

    private boolean handle(HttpConnection connection) throws IOException {
        return switch (connection.path()) {
            case "/prioritize" -> prioritize(connection);
            case "/healthz" -> answer(connection, 200, "ok\n");
            case "/readyz" ->
                ready.getAsBoolean()
                        ? answer(connection, 200, "ok\n")
                        : answer(connection, 503, "the index is being filled\n");
            case "/metrics" -> {
                byte[] text = metrics.scrape().getBytes(StandardCharsets.UTF_8);
                yield connection.answer(200, "text/plain; version=0.0.4; charset=utf-8", text, text.length, false);
            }
            default -> answer(connection, 404, "there is nothing here; POST to /prioritize\n");
        };
    }

    private boolean prioritize(HttpConnection connection) throws IOException {
        if (!connection.method().equals("POST")) {
            return answer(connection, 405, "only POST\n");
        }
        if (!ready.getAsBoolean()) {
            metrics.refused("not-ready");
            return answer(connection, 503, "the index is being filled; decide without it\n");
        }
        long start = System.nanoTime();
        try (Prioritizer.Work work = prioritizer.prioritize(connection.body())) {
            if (work.opinion) {
                metrics.decided(Duration.ofNanos(System.nanoTime() - start));
            } else {
                metrics.noOpinion();
            }
            boolean again =
                    connection.answer(200, "application/json", work.answer.bytes(), work.answer.length(), false);
            if (work.opinion) {
                explainer.accept(work);
            }
            return again;
        } catch (StreamConstraintsException e) {
            return refuse(connection, TOO_LARGE, "too-large", e.getOriginalMessage());
        } catch (JacksonException e) {
            String reason = e.getCause() instanceof IOException ? "broken-off" : "malformed";
            return refuse(connection, BAD_REQUEST, reason, e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            String message = e.getMessage() == null ? "a number that is none" : e.getMessage();
            return refuse(connection, BAD_REQUEST, "malformed", message);
        }
    }

    /** The connection is closed afterwards: what is left of a bad request is not worth reading. */
    private boolean refuse(HttpConnection connection, int status, String reason, String message) throws IOException {
        metrics.refused(reason);
        LOG.warn("refused a request: {}: {}", reason, message);
        byte[] text = (reason + ": " + message + "\n").getBytes(StandardCharsets.UTF_8);
        return connection.answer(status, TEXT, text, text.length, true);
    }

    private static boolean answer(HttpConnection connection, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return connection.answer(status, TEXT, bytes, bytes.length, false);
    }

    @Override
    public void close() {
        listener.close();
    }
}
