package dev.thaw.lazy;

import dev.thaw.store.object.Cancellation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** How long a block is tried for, all attempts together; ends requests under way when the time is over, or when its image is closed. */
final class Limit implements AutoCloseable {
    private final Cancellation cancellation = new Cancellation();
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();
    private final Cancellation.Registration closing;
    private final Duration patience;
    private final long deadline;

    /** @param image fires when the image is closed */
    Limit(Duration patience, Cancellation image) {
        this.patience = patience;
        deadline = System.nanoTime() + patience.toNanos();
        closing = image.onCancel(() -> cancellation.cancel("the image is closed"));
        over.completeOnTimeout(true, patience.toNanos(), TimeUnit.NANOSECONDS);
        var unused = over.thenAccept(late -> {
            if (late) {
                cancellation.cancel("it was not there within " + patience.toMillis() + " ms");
            }
        });
    }

    Cancellation cancellation() {
        return cancellation;
    }

    Duration patience() {
        return patience;
    }

    boolean isOver() {
        return left().isZero();
    }

    Duration left() {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    @Override
    public void close() {
        over.complete(false);
        closing.close();
    }
}
