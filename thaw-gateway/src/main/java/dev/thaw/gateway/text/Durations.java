package dev.thaw.gateway.text;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as users write them: {@code 500ms}, {@code 60s}, {@code 5m}, {@code 24h}. */
public final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(?:\\.(\\d{1,3}))?(ms|s|m|h)");

    private Durations() {}

    /** @throws IllegalArgumentException with a text for the user */
    public static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "Not a duration: '" + text + "'. Write a number and a unit, as in 500ms, 60s, 5m or 24h.");
        }
        long unitMillis = switch (matcher.group(3)) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m" -> 60_000;
            default -> 3_600_000;
        };
        String fraction = matcher.group(2) == null ? "" : matcher.group(2);
        long thousandths = Long.parseLong(matcher.group(1)) * 1_000
                + (fraction.isEmpty() ? 0 : Long.parseLong((fraction + "00").substring(0, 3)));
        return Duration.ofNanos(thousandths * unitMillis * 1_000);
    }

    /** The shortest form that {@link #parse} takes back. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1_000 != 0) {
            return millis + "ms";
        }
        return millis / 1_000 + "s";
    }
}
