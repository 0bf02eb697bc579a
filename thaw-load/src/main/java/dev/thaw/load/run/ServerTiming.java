package dev.thaw.load.run;

import java.util.ArrayList;
import java.util.List;

/** The standard {@code Server-Timing} header (W3C): entries of a name and a duration in milliseconds. */
final class ServerTiming {
    private static final String FUNCTION = "app";
    private static final String DURATION = "dur=";

    private ServerTiming() {}

    /** An entry; the duration is 0 where it has none. */
    record Entry(String name, double millis) {}

    static List<Entry> parse(String header) {
        List<Entry> entries = new ArrayList<>();
        for (String part : header.split(",", -1)) {
            String[] pieces = part.split(";", -1);
            String name = pieces[0].strip();
            if (!name.isEmpty()) {
                entries.add(new Entry(name, duration(pieces)));
            }
        }
        return entries;
    }

    private static double duration(String[] pieces) {
        for (String piece : pieces) {
            String parameter = piece.strip();
            if (parameter.startsWith(DURATION)) {
                try {
                    return Double.parseDouble(
                            parameter.substring(DURATION.length()).replace("\"", ""));
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 0;
    }

    /**
     * What a function says that it ran, in microseconds, or 0. A boot has a phase of the same name, so that the entry of a booted
     * instance means something else.
     */
    static long functionMicros(String header, String start) {
        if (header.isEmpty() || start.equals("boot")) {
            return 0;
        }
        return parse(header).stream()
                .filter(entry -> entry.name().equals(FUNCTION))
                .mapToLong(entry -> Math.round(entry.millis() * 1000))
                .findFirst()
                .orElse(0);
    }

    /** Compact, for a column: {@code admit=0.1;fetch=12.5}. */
    static String compact(String header) {
        StringBuilder text = new StringBuilder();
        for (Entry entry : parse(header)) {
            text.append(text.isEmpty() ? "" : ";")
                    .append(entry.name())
                    .append('=')
                    .append(entry.millis());
        }
        return text.toString();
    }
}
