package dev.thaw.store.object;

import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Makes requests that can be broken off. Each runs on a virtual thread of its own, since an interrupt closes the socket
 * that such a thread waits for, which nothing else does for a connection that hangs.
 */
final class S3Calls {
    private final S3Patience patience;

    S3Calls(S3Patience patience) {
        this.patience = patience;
    }

    S3Patience patience() {
        return patience;
    }

    /**
     * The client repeats what failed on the way. Here only that is repeated which it does not: the conflict that S3
     * answers to one of two conditional writes at the same instant, an answer that broke off inside its document, and
     * some failures of a connection.
     *
     * @param doing what it is, for messages: "read a from b"
     */
    <T> T call(String doing, Cancellation cancellation, Supplier<T> request) throws StoreException {
        for (int attempt = 1; ; attempt++) {
            cancellation.check();
            try {
                return interruptibly(doing, cancellation, request);
            } catch (SdkException e) {
                cancellation.check();
                boolean conflict = e instanceof AwsServiceException answer && S3Errors.isConflict(answer);
                if (!(conflict || isCut(e)) || attempt == patience.attempts()) {
                    throw S3Errors.storeException(doing, e);
                }
            } catch (UncheckedIOException e) {
                // The HTTP client lets some failures of a connection through as they are, and does not repeat them.
                cancellation.check();
                if (attempt == patience.attempts()) {
                    throw new StoreException(
                            StoreException.Code.UNAVAILABLE, "Could not " + doing + ": " + e.getMessage(), e);
                }
            }
            pause(attempt, cancellation);
        }
    }

    /** An answer that broke off inside its document; the client does not repeat what it cannot parse. */
    private static boolean isCut(SdkException failure) {
        for (Throwable why = failure; why != null; why = why.getCause()) {
            if (why instanceof XMLStreamException) {
                return true;
            }
        }
        return false;
    }

    /** Runs something that waits for a socket; a cancellation, or the caller's interrupt, closes that socket. */
    static <T> T interruptibly(String doing, Cancellation cancellation, Supplier<T> request) throws StoreException {
        FutureTask<T> task = new FutureTask<>(request::get);
        Thread thread = Thread.ofVirtual().name("s3").start(task);
        try (Cancellation.Registration _ = cancellation.onCancel(thread::interrupt)) {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case SdkException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException("Could not " + doing, e);
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted: could not " + doing + ".", e);
        }
    }

    /** Waits before another attempt, not longer than the caller does. */
    void pause(int attempt, Cancellation cancellation) throws StoreException {
        long millis = patience.pause(attempt, ThreadLocalRandom.current().nextDouble())
                .toMillis();
        CountDownLatch cancelled = new CountDownLatch(1);
        try (Cancellation.Registration _ = cancellation.onCancel(cancelled::countDown)) {
            if (cancelled.await(millis, TimeUnit.MILLISECONDS)) {
                cancellation.check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted before another attempt.", e);
        }
    }
}
