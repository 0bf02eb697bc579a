package dev.thaw.gateway.invoke;

import dev.thaw.sandbox.Phase;
import java.util.EnumMap;
import java.util.Map;

/** Phases in the standard header {@code Server-Timing}: {@code admit;dur=0.1, request;dur=4.2}, in milliseconds. */
final class ServerTiming {
    static final String HEADER = "Server-Timing";

    private ServerTiming() {}

    static String render(Map<Phase, Double> phasesMillis) {
        StringBuilder text = new StringBuilder(128);
        new EnumMap<>(phasesMillis).forEach((phase, millis) -> {
            text.append(text.isEmpty() ? "" : ", ").append(phase.label()).append(";dur=");
            appendMillis(text, millis);
        });
        return text.toString();
    }

    /** With three digits after the point; {@code String.format} would be a tenth of the way of a warm invocation. */
    static String millis(double value) {
        StringBuilder text = new StringBuilder(12);
        appendMillis(text, value);
        return text.toString();
    }

    private static void appendMillis(StringBuilder text, double value) {
        long micros = Math.round(Math.max(value, 0) * 1_000);
        text.append(micros / 1_000).append('.');
        long rest = micros % 1_000;
        text.append(rest / 100).append(rest / 10 % 10).append(rest % 10);
    }
}
