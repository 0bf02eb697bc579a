package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.Phase;
import dev.thaw.load.report.RunFigures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes results on a thread of its own, so that neither a long answer nor a slow disk delays a request. Results are handed to that thread many at a time, as
 * waking it costs as much as writing several.
 */
final class ResultWriter implements AutoCloseable {
    private static final int BATCH = 512;

    /** An empty batch is the end. */
    private final BlockingQueue<List<Exchange>> queue = new LinkedBlockingQueue<>();

    private final ResultFile file;
    private final RunFigures figures;
    private final Progress progress;
    private final Thread thread;

    /** Belongs to the thread that adds. */
    private List<Exchange> batch = new ArrayList<>(BATCH);

    /** Written by the writer's thread before it ends, read after it was joined. */
    private @Nullable IOException failure;

    ResultWriter(ResultFile file, RunFigures figures, Progress progress) {
        this.file = requireNonNull(file, "file is null");
        this.figures = requireNonNull(figures, "figures is null");
        this.progress = requireNonNull(progress, "progress is null");
        thread = Thread.ofPlatform().name("load-results").daemon().start(this::writeAll);
    }

    /** On one thread, the same as {@link #handOver}'s. */
    void add(Exchange exchange) {
        batch.add(exchange);
        if (batch.size() >= BATCH) {
            handOver();
        }
    }

    /** Has written what was added so far. To be called now and then, and before the end. */
    void handOver() {
        if (!batch.isEmpty()) {
            queue.add(batch);
            batch = new ArrayList<>(BATCH);
        }
    }

    private void writeAll() {
        try (file) {
            List<Exchange> next = queue.take();
            while (!next.isEmpty()) {
                for (Exchange exchange : next) {
                    write(exchange);
                }
                file.flush();
                next = queue.take();
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
        boolean cold = isCold(start);
        if (cold) {
            progress.countCold();
        }
        figures.add(
                invocation.function(),
                exchange.outcome().text(),
                exchange.outcome() == Outcome.OK,
                start,
                cold,
                invocation.phase() == Phase.EXECUTION,
                exchange.responseNanos() / 1e6,
                invocation.runtimeMillis(),
                file.latenessNanos(exchange) / 1e6);
        file.write(exchange);
    }

    /** Whether a start of this kind had to wait for an instance. */
    private static boolean isCold(String start) {
        return !start.isEmpty() && !start.equals("warm");
    }

    /** Writes what was handed over and ends. */
    @Override
    public void close() {
        queue.add(List.of());
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
