package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.Phase;
import dev.thaw.load.report.RunFigures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes results on a thread of its own, so that a slow disk delays no request. */
final class ResultWriter implements AutoCloseable {
    private static final long FLUSH_SECONDS = 1;

    private final BlockingQueue<Optional<Exchange>> queue = new LinkedBlockingQueue<>();
    private final ResultFile file;
    private final RunFigures figures;
    private final Thread thread;

    /** Written by the writer's thread before it ends, read after it was joined. */
    private @Nullable IOException failure;

    ResultWriter(ResultFile file, RunFigures figures) {
        this.file = requireNonNull(file, "file is null");
        this.figures = requireNonNull(figures, "figures is null");
        thread = Thread.ofPlatform().name("load-results").daemon().start(this::writeAll);
    }

    void add(Exchange exchange) {
        queue.add(Optional.of(exchange));
    }

    private void writeAll() {
        try (file) {
            while (true) {
                Optional<Exchange> next = queue.poll(FLUSH_SECONDS, TimeUnit.SECONDS);
                if (next == null) {
                    file.flush();
                } else if (next.isPresent()) {
                    write(next.get());
                } else {
                    return;
                }
            }
        } catch (IOException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Exchange exchange) throws IOException {
        Invocation invocation = exchange.invocation();
        String start = exchange.answer().start();
        figures.add(
                invocation.function(),
                exchange.outcome().text(),
                exchange.outcome() == Outcome.OK,
                start,
                isCold(start),
                invocation.phase() == Phase.EXECUTION,
                exchange.responseNanos() / 1e6,
                invocation.runtimeMillis(),
                file.latenessNanos(exchange) / 1e6);
        file.write(exchange);
    }

    /** Whether a start of this kind had to wait for an instance. */
    static boolean isCold(String start) {
        return !start.isEmpty() && !start.equals("warm");
    }

    /** Writes what is left and ends. */
    @Override
    public void close() {
        queue.add(Optional.empty());
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw new UncheckedIOException("The results cannot be written: " + failure.getMessage(), failure);
        }
    }
}
