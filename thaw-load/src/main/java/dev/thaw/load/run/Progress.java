package dev.thaw.load.run;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** How far a run is: counted as it is sent and as it is read, shown by a thread of its own as a live line. */
public final class Progress {
    private static final long LATE_NANOS = 5_000_000;

    final AtomicLong sent = new AtomicLong();
    final AtomicLong finished = new AtomicLong();
    private final AtomicLong late = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong cold = new AtomicLong();

    void countLateness(long nanos) {
        if (nanos > LATE_NANOS) {
            late.incrementAndGet();
        }
    }

    void countEnd(Exchange exchange) {
        finished.incrementAndGet();
        if (exchange.outcome() != Outcome.OK) {
            failed.incrementAndGet();
        }
    }

    void countCold() {
        cold.incrementAndGet();
    }

    /** As in {@code sent 120/600, 3 in flight, 0 late, 0 failed, 12 cold}; late is more than 5 ms behind. */
    public String line(long total) {
        return String.format(
                Locale.ROOT,
                "sent %d/%d, %d in flight, %d late, %d failed, %d cold",
                sent.get(),
                total,
                sent.get() - finished.get(),
                late.get(),
                failed.get(),
                cold.get());
    }

    /** Shows the line every second on a terminal, every ten into a file, until closed. */
    static final class Display implements AutoCloseable {
        private final Progress progress;
        private final PrintStream out;
        private final long total;
        private final boolean terminal;
        private final Thread thread;

        Display(Progress progress, PrintStream out, long total) {
            this.progress = progress;
            this.out = out;
            this.total = total;
            terminal = System.console() != null && System.console().isTerminal();
            thread = Thread.ofVirtual().name("load-progress").start(this::show);
        }

        private void show() {
            try {
                while (true) {
                    Thread.sleep(terminal ? 1000 : 10_000);
                    out.print(progress.line(total) + (terminal ? "\u001B[K\r" : "\n"));
                    out.flush();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            thread.interrupt();
            out.println(progress.line(total) + (terminal ? "\u001B[K" : ""));
        }
    }
}
