package dev.thaw.lazy;

import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads that failed for a reason that may pass are made again, after pauses that grow, as long as their time lasts. */
final class Repetition {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    /** Short enough to notice soon that a source has come back. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** Bytes that are wrong so often are wrong at the source, and not on their way. */
    private static final int MOST_WRONG = 4;

    /** A read of the source. */
    @FunctionalInterface
    interface Attempt<T> {
        T read() throws IOException;
    }

    /** Hears of each failure that is followed by another attempt. */
    @FunctionalInterface
    interface Failed {
        void by(StoreException failure);
    }

    private final Limit limit;
    private final Failed failed;

    Repetition(Limit limit, Failed failed) {
        this.limit = limit;
        this.failed = failed;
    }

    <T> T read(Attempt<T> attempt) throws IOException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        int wrong = 0;
        @Nullable StoreException last = null;
        while (true) {
            try {
                return attempt.read();
            } catch (StoreException e) {
                if (e.code() == StoreException.Code.CANCELLED && limit.isOver()) {
                    throw late(last);
                }
                boolean mayPass = switch (e.code()) {
                    case UNAVAILABLE -> true;
                    case CORRUPT -> ++wrong < MOST_WRONG;
                    default -> false;
                };
                if (!mayPass || limit.left().compareTo(pause) <= 0) {
                    throw e;
                }
                failed.by(e);
                last = e;
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2);
            if (pause.compareTo(LONGEST_PAUSE) > 0) {
                pause = LONGEST_PAUSE;
            }
        }
    }

    private StoreException late(@Nullable StoreException last) {
        String late = "It was not there within " + limit.patience().toMillis() + " ms";
        return last == null
                ? new StoreException(StoreException.Code.UNAVAILABLE, late + ": the store gave no answer.")
                : new StoreException(last.code(), late + ": " + last.getMessage(), last);
    }
}
