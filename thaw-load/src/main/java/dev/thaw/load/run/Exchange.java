package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import io.netty.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An invocation on its way and what is known of its answer. All of it happens on the event loop's thread until it is finished; then it
 * is handed over and changes no more. What an answer says is read only then, by the thread that it was handed to, as reading takes longer
 * than receiving. Times are those of {@link System#nanoTime}.
 */
public final class Exchange {
    private final Invocation invocation;
    private final Consumer<Exchange> whenFinished;
    private @Nullable Runnable abort;
    private @Nullable Future<?> timer;
    private boolean finished;

    private long startNanos;
    private long connectedNanos;
    private long sentNanos;
    private long endNanos;
    private Outcome outcome = Outcome.INTERRUPTED;
    private int status;
    private String error = "";
    private Supplier<Answer> reading = () -> Answer.NONE;
    private @Nullable Answer answer;

    Exchange(Invocation invocation, Consumer<Exchange> whenFinished) {
        this.invocation = requireNonNull(invocation, "invocation is null");
        this.whenFinished = requireNonNull(whenFinished, "whenFinished is null");
    }

    /**
     * What a function or its platform say about an invocation.
     *
     * @param instance as the function names itself; empty when it does not
     * @param durationMicros how long the function says that it ran; 0 when it does not
     * @param memoryMib how much the function says that it held; 0 when it does not
     * @param start of {@code Thaw-Start}; empty where there is none, as for the next three
     */
    public record Answer(
            String instance,
            long durationMicros,
            long memoryMib,
            String start,
            String worker,
            String thawInstance,
            String serverTiming) {
        static final Answer NONE = new Answer("", 0, 0, "", "", "", "");
    }

    /** The loader took the invocation up. */
    void started() {
        startNanos = System.nanoTime();
    }

    /** A connection is there. */
    void connected() {
        connectedNanos = System.nanoTime();
    }

    /** The request was handed to the connection. */
    void sent() {
        sentNanos = System.nanoTime();
    }

    /** What stops the exchange, in place of what did so far. */
    void abortWith(Runnable newAbort) {
        abort = newAbort;
    }

    /** What runs out when the exchange takes too long, in place of what did so far. */
    void timer(Future<?> newTimer) {
        if (timer != null) {
            timer.cancel(false);
        }
        timer = newTimer;
    }

    boolean isFinished() {
        return finished;
    }

    /** The first end counts; later ones are ignored, such as the close that follows a timeout. */
    void finish(Outcome how, int withStatus, String withError, Supplier<Answer> withAnswer) {
        if (finished) {
            return;
        }
        finished = true;
        endNanos = System.nanoTime();
        outcome = how;
        status = withStatus;
        error = withError;
        reading = withAnswer;
        if (timer != null) {
            timer.cancel(false);
        }
        whenFinished.accept(this);
    }

    /** Ends the exchange and whatever carries it. */
    void fail(Outcome how, String withError) {
        finish(how, 0, withError, () -> Answer.NONE);
        if (abort != null) {
            abort.run();
        }
    }

    public Invocation invocation() {
        return invocation;
    }

    public long startNanos() {
        return startNanos;
    }

    /** When the request was handed to the connection; 0 when there was none. */
    public long sentNanos() {
        return sentNanos;
    }

    /** How long it took to get a connection, in nanoseconds; 0 when there was none. */
    public long connectNanos() {
        return connectedNanos == 0 ? 0 : connectedNanos - startNanos;
    }

    public long responseNanos() {
        return endNanos - startNanos;
    }

    public Outcome outcome() {
        return outcome;
    }

    /** The status of HTTP or gRPC; 0 when none came. */
    public int status() {
        return status;
    }

    /** What went wrong; empty when nothing did. */
    public String error() {
        return error;
    }

    /** Once it is finished, and on one thread. */
    public Answer answer() {
        Answer read = answer;
        if (read == null) {
            read = reading.get();
            answer = read;
        }
        return read;
    }
}
