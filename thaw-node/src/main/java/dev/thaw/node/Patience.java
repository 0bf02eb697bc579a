package dev.thaw.node;

import dev.thaw.store.object.Cancellation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A cancellation that fires by itself when a time is over, unless it is closed before. */
final class Patience implements AutoCloseable {
    private final Cancellation cancellation = new Cancellation();
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();

    /** @param what is waited for, for the reason */
    Patience(String what, Duration limit) {
        over.completeOnTimeout(true, limit.toNanos(), TimeUnit.NANOSECONDS);
        var unused = over.thenAccept(late -> {
            if (late) {
                cancellation.cancel(what + " was not there within " + limit.toSeconds() + " s");
            }
        });
    }

    Cancellation cancellation() {
        return cancellation;
    }

    @Override
    public void close() {
        over.complete(false);
    }
}
