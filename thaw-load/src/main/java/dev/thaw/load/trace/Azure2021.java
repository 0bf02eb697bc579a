package dev.thaw.load.trace;

import dev.thaw.load.trace.TimedFunction.TimedInvocation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Azure's 2021 trace: one file with a row for each invocation, {@code app,func,end_timestamp,duration} in seconds, in any order of
 * columns. An invocation starts at its end less its duration.
 */
public final class Azure2021 {
    /** What In-Vitro takes for each invocation, as the trace says nothing about memory. */
    public static final int MEMORY_MIB = 150;

    private Azure2021() {}

    /** Functions in order of their first row, each one's invocations in order of their start. */
    public static List<TimedFunction> read(Path file) {
        Map<Key, List<TimedInvocation>> functions = new LinkedHashMap<>();
        try (CsvReader in = new CsvReader(file)) {
            int application = in.requiredColumn("app");
            int function = in.requiredColumn("func");
            int end = in.requiredColumn("end_timestamp");
            int duration = in.requiredColumn("duration");
            while (in.next()) {
                double seconds = in.number(duration);
                if (seconds < 0) {
                    throw in.error(duration, "is negative.");
                }
                functions
                        .computeIfAbsent(new Key(in.text(application), in.text(function)), key -> new ArrayList<>())
                        .add(new TimedInvocation(in.number(end) - seconds, seconds));
            }
        }
        if (functions.isEmpty()) {
            throw new TraceException(file + ": has no invocation.");
        }
        List<TimedFunction> result = new ArrayList<>();
        functions.forEach((key, invocations) -> {
            invocations.sort(Comparator.comparingDouble(TimedInvocation::start));
            result.add(new TimedFunction(key.application, key.function, invocations));
        });
        return result;
    }

    private record Key(String application, String function) {}
}
