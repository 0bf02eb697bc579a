package dev.thaw.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A response's body as a stream whose reads fail when no byte comes for a while; the JDK's own wait for ever. */
final class TimedBody extends InputStream implements Flow.Subscriber<List<ByteBuffer>> {
    private sealed interface Event {
        record Bytes(List<ByteBuffer> buffers) implements Event {}

        record End(@Nullable Throwable failure) implements Event {}
    }

    private final Duration patience;
    // One request is open at a time, so that the queue holds one batch and the end.
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private List<ByteBuffer> current = List.of();
    private boolean ended;

    private TimedBody(Duration patience) {
        this.patience = patience;
    }

    static BodyHandler<InputStream> handler(Duration patience) {
        return _ -> new Subscriber(new TimedBody(patience));
    }

    private record Subscriber(TimedBody stream) implements BodySubscriber<InputStream> {
        @Override
        public CompletionStage<InputStream> getBody() {
            return CompletableFuture.completedFuture(stream);
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            stream.onSubscribe(subscription);
        }

        @Override
        public void onNext(List<ByteBuffer> item) {
            stream.onNext(item);
        }

        @Override
        public void onError(Throwable failure) {
            stream.onError(failure);
        }

        @Override
        public void onComplete() {
            stream.onComplete();
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (subscription.complete(given)) {
            given.request(1);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        events.add(new Event.Bytes(item));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event.End(failure));
    }

    @Override
    public void onComplete() {
        events.add(new Event.End(null));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        while (!ended) {
            for (ByteBuffer buffer : current) {
                if (buffer.hasRemaining()) {
                    int count = Math.min(length, buffer.remaining());
                    buffer.get(to, offset, count);
                    return count;
                }
            }
            next();
        }
        return -1;
    }

    private void next() throws IOException {
        if (!current.isEmpty()) {
            subscription.join().request(1);
            current = List.of();
        }
        switch (await()) {
            case null -> {
                close();
                throw new HttpTimeoutException("no byte for " + patience.toMillis() + " ms");
            }
            case Event.Bytes bytes -> current = bytes.buffers();
            case Event.End(var failure) -> {
                ended = true;
                if (failure != null) {
                    throw new IOException("the transfer broke off: " + failure.getMessage(), failure);
                }
            }
        }
    }

    private @Nullable Event await() throws IOException {
        try {
            return events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IOException("the transfer was cancelled", e);
        }
    }

    @Override
    public void close() {
        ended = true;
        subscription.thenAccept(Flow.Subscription::cancel);
    }
}
