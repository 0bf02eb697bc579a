package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code <prefix>_duration_<units>.csv}: In-Vitro's columns in its order and units, then ours. Times are microseconds (since 1970 for
 * points in time) unless the name ends in Ms; memory is MiB. Three of In-Vitro's columns belong to asynchronous invocations and are 0.
 */
final class ResultFile implements Closeable {
    static final String HEADER =
            "phase,instance,invocationID,startTime,requestedDuration,grpcConnEstablish,responseTime,actualDuration,"
                    + "connectionTimeout,functionTimeout,actualMemoryUsage,memoryAllocationTimeout,timeToSubmitMs,"
                    + "userCodeExecutionMs,timeToGetResponseMs,"
                    + "function,outcome,statusCode,startKind,worker,thawInstance,phases,scheduledTime,sendTime,lateness,error";

    private final Writer out;
    private final long originNanos;
    private final long originEpochMicros;

    /**
     * @param out closed with this
     * @param originNanos the experiment's start on {@link System#nanoTime}'s clock
     * @param originEpochMicros the same in microseconds since 1970
     */
    ResultFile(Writer out, long originNanos, long originEpochMicros) throws IOException {
        this.out = requireNonNull(out, "out is null");
        this.originNanos = originNanos;
        this.originEpochMicros = originEpochMicros;
        out.write(HEADER + "\n");
    }

    /** Creates a file, with the folders above it. */
    static Writer create(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    }

    static Path path(String prefix, int units) {
        return Path.of(prefix + "_duration_" + units + ".csv");
    }

    void write(Exchange exchange) throws IOException {
        Invocation invocation = exchange.invocation();
        Exchange.Answer answer = exchange.answer();
        Outcome outcome = exchange.outcome();
        boolean failed = outcome != Outcome.OK && outcome != Outcome.MEMORY;
        StringBuilder row = new StringBuilder(256);
        row.append(invocation.phase().number());
        field(row, answer.instance().isEmpty() ? invocation.function() : answer.instance());
        field(row, invocation.id());
        field(row, epochMicros(exchange.startNanos()));
        field(row, invocation.runtimeMillis() * 1000L);
        field(row, exchange.connectNanos() / 1000);
        field(row, exchange.responseNanos() / 1000);
        field(row, answer.durationMicros());
        field(row, outcome == Outcome.CONNECT);
        field(row, failed && outcome != Outcome.CONNECT);
        field(row, answer.memoryMib());
        field(row, outcome == Outcome.MEMORY);
        row.append(",0,0,0");
        field(row, invocation.function());
        field(row, outcome.text());
        field(row, exchange.status());
        field(row, answer.start());
        field(row, answer.worker());
        field(row, answer.thawInstance());
        field(row, ServerTiming.compact(answer.serverTiming()));
        field(row, originEpochMicros + invocation.atNanos() / 1000);
        field(row, exchange.sentNanos() == 0 ? 0 : epochMicros(exchange.sentNanos()));
        field(row, latenessNanos(exchange) / 1000);
        field(row, exchange.error());
        out.append(row.append('\n'));
    }

    /** How long after its time the loader took an invocation up. */
    long latenessNanos(Exchange exchange) {
        return exchange.startNanos() - originNanos - exchange.invocation().atNanos();
    }

    private long epochMicros(long nanos) {
        return originEpochMicros + (nanos - originNanos) / 1000;
    }

    private static void field(StringBuilder row, long value) {
        row.append(',').append(value);
    }

    private static void field(StringBuilder row, boolean value) {
        row.append(',').append(value);
    }

    private static void field(StringBuilder row, String value) {
        row.append(',');
        boolean quoted = value.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        row.append(quoted ? '"' + value.replace("\"", "\"\"") + '"' : value);
    }

    void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
