package dev.thaw.image;

import java.io.IOException;
import java.time.Duration;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLHandshakeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries again what may pass: broken connections, overloaded servers. Pauses double, with full jitter. */
final class Retries {
    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);
    private static final Duration LONGEST = Duration.ofSeconds(20);

    @FunctionalInterface
    interface Attempt<T> {
        T run() throws IOException, InterruptedException;
    }

    /** Waits; tests do not. */
    @FunctionalInterface
    interface Pause {
        void of(Duration duration) throws InterruptedException;
    }

    private final int attempts;
    private final Duration first;
    private final Pause pause;
    private final RandomGenerator random;

    Retries(int attempts, Duration first, Pause pause, RandomGenerator random) {
        this.attempts = attempts;
        this.first = first;
        this.pause = pause;
        this.random = random;
    }

    <T> T run(String what, Attempt<T> attempt) throws IOException, InterruptedException {
        for (int tried = 1; ; tried++) {
            try {
                return attempt.run();
            } catch (ImageException e) {
                throw e;
            } catch (RegistryFailure e) {
                if (!e.isPassing() || tried >= attempts) {
                    throw new ImageException(
                            ImageException.Kind.UNREACHABLE,
                            e.getMessage() + (tried > 1 ? " Tried " + tried + " times." : ""),
                            e);
                }
                wait(what, tried, e);
            } catch (SSLHandshakeException e) {
                throw new ImageException(
                        ImageException.Kind.UNREACHABLE,
                        "Cannot get " + what + ", because TLS fails: " + e.getMessage()
                                + ". If the registry has a certificate authority of its own, put its certificate into /etc/docker/certs.d/HOST:PORT/ca.crt.",
                        e);
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                if (tried >= attempts) {
                    throw new ImageException(
                            ImageException.Kind.UNREACHABLE,
                            "Cannot get " + what + ": " + reason(e) + ". Tried " + tried
                                    + " times. Check the host's name and the network.",
                            e);
                }
                wait(what, tried, e);
            }
        }
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return e.getClass().getSimpleName() + (message == null ? "" : " (" + message + ")");
    }

    private void wait(String what, int tried, IOException failure) throws InterruptedException {
        long longest = Math.min(LONGEST.toMillis(), first.toMillis() << Math.min(tried - 1, 16));
        Duration duration = Duration.ofMillis(longest / 2 + random.nextLong(longest / 2 + 1));
        LOG.warn(
                "A registry failed, and is asked again: what={} attempt={} pause_ms={} failure={}",
                what,
                tried,
                duration.toMillis(),
                failure.toString());
        pause.of(duration);
    }
}
