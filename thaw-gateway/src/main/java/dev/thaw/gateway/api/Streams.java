package dev.thaw.gateway.api;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.observe.Ring;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Function;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.io.IOCallback;

/** Answers that go on for as long as there is something to tell. */
final class Streams {
    /** So often a silent stream says that it is alive; a client that has gone is noticed by it. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

    private Streams() {}

    static void respond(Exchange exchange, String mediaType, IOCallback<OutputStream> writer)
            throws HttpException, IOException {
        ClassicHttpResponse response = new BasicClassicHttpResponse(200);
        response.setHeader("Cache-Control", "no-store");
        response.setEntity(new EntityTemplate(-1, ContentType.parse(mediaType), null, writer));
        exchange.respond(response);
    }

    /**
     * Sends a ring's entries, and those that are still to come if {@code follow}.
     *
     * @param aliveSign what a silent stream sends now and then
     */
    static <T> IOCallback<OutputStream> entries(
            Ring<T> ring, long from, boolean follow, byte[] aliveSign, Function<T, byte[]> form) {
        requireNonNull(ring, "ring is null");
        return output -> {
            long next = from;
            try {
                while (true) {
                    Ring.Batch<T> batch = ring.read(next, follow ? SIGN_OF_LIFE : Duration.ZERO);
                    for (T entry : batch.entries()) {
                        output.write(form.apply(entry));
                    }
                    next = batch.next();
                    if (!follow || batch.closed()) {
                        return;
                    }
                    if (batch.entries().isEmpty()) {
                        output.write(aliveSign);
                    }
                    output.flush();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("The stream was interrupted.", e);
            }
        };
    }
}
