package dev.thaw.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a VMM that is thawed alone go before others where processors are short: somebody waits for it, while what comes
 * behind it can wait. By the weight of its session among all sessions (Linux' {@code autogroup}, {@code sched(7)}); where there is
 * none, as in a container with a share of its own, or who asks may not, all go on alike. So do thaws side by side: one that
 * goes first takes from the next what it needs to begin.
 */
final class Precedence {
    /** Ten times the weight of others. A VMM that waits for what they bring leaves them the processors. */
    static final int RAISED = -10;

    static final int ALIKE = 0;

    /** Most first answers come within it; who has a longer request goes on as all others do. */
    private static final Duration LINGER = Duration.ofMillis(200);

    private static final Logger log = LoggerFactory.getLogger(Precedence.class);
    private final Executor later;
    private final AtomicInteger underWay = new AtomicInteger();

    Precedence() {
        this(CompletableFuture.delayedExecutor(LINGER.toMillis(), TimeUnit.MILLISECONDS, Runnable::run));
    }

    /** @param later runs what ends a thaw, some time after it was given that */
    Precedence(Executor later) {
        this.later = later;
    }

    /** A thaw under way. */
    final class Thaw implements AutoCloseable {
        private final Path session;
        private final boolean raised;

        private Thaw(long pid) {
            this.session = session(pid);
            this.raised = underWay.getAndIncrement() == 0 && set(session, RAISED);
        }

        /** Ends it soon: the guest's next work is the request that it was thawed for. */
        @Override
        public void close() {
            later.execute(() -> {
                if (raised) {
                    set(session, ALIKE);
                }
                underWay.decrementAndGet();
            });
        }
    }

    /** @param pid of a VMM in a session of its own, which is thawed until the result is closed */
    Thaw begin(long pid) {
        return new Thaw(pid);
    }

    /** For a VMM that was left by a daemon, perhaps right after it thawed it. */
    static void end(long pid) {
        set(session(pid), ALIKE);
    }

    private static Path session(long pid) {
        return Path.of("/proc/" + pid + "/autogroup");
    }

    private static boolean set(Path session, int nice) {
        try {
            Files.writeString(session, Integer.toString(nice), StandardOpenOption.WRITE);
            return true;
        } catch (IOException e) {
            log.debug("{} cannot be set to {}: {}", session, nice, e.toString());
            return false;
        }
    }
}
