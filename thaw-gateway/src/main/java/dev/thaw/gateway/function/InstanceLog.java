package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.observe.Ring;
import dev.thaw.guest.AgentLog;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;

/** Cuts what an instance writes into lines. A line without an end is kept back until it has one or is too long. */
final class InstanceLog implements AgentLog {
    private static final int LONGEST_LINE_BYTES = 8 << 10;

    private final Ring<LogLine> ring;
    private final String instance;
    private final Clock clock;

    /** Used by the connection's one thread only. */
    private final Map<Source, ByteArrayOutputStream> unfinished = new EnumMap<>(Source.class);

    InstanceLog(Ring<LogLine> ring, String instance, Clock clock) {
        this.ring = requireNonNull(ring, "ring is null");
        this.instance = requireNonNull(instance, "instance is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    @Override
    public void append(Source source, byte[] bytes) {
        ByteArrayOutputStream line = unfinished.computeIfAbsent(source, key -> new ByteArrayOutputStream());
        for (byte b : bytes) {
            if (b == '\n') {
                finish(source, line);
            } else {
                line.write(b);
                if (line.size() >= LONGEST_LINE_BYTES) {
                    finish(source, line);
                }
            }
        }
    }

    @Override
    public void dropped(long bytes) {
        add(Source.AGENT, bytes + " bytes of output were dropped: the function wrote faster than they were taken.");
    }

    private void finish(Source source, ByteArrayOutputStream line) {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        add(source, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    }

    private void add(Source source, String text) {
        ring.add(new LogLine(clock.instant(), instance, label(source), text));
    }

    private static String label(Source source) {
        return switch (source) {
            case STANDARD_OUTPUT -> "stdout";
            case STANDARD_ERROR -> "stderr";
            case AGENT -> "agent";
        };
    }
}
