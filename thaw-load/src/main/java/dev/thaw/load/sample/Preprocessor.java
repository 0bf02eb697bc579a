package dev.thaw.load.sample;

import dev.thaw.load.trace.CsvReader;
import dev.thaw.load.trace.DurationStatistics;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.MemoryStatistics;
import dev.thaw.load.trace.TimeWindow;
import dev.thaw.load.trace.TraceException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes a clean excerpt of Azure's 2019 files as published, as In-Vitro's {@code preprocess} does: the first of equal functions (and of
 * equal applications in the memory file) is kept; functions that are not invoked in the excerpt, whose mean duration is 0, or that are
 * not in all files are dropped; an application's memory is split evenly among its functions.
 *
 * <p>As there, minute m of the day is the column called m, so that an excerpt from minute 0 equals one from minute 1, and a row with an
 * empty field is dropped.
 */
public final class Preprocessor {
    private static final int DAYS = 12;
    private static final int MINUTES = 1440;

    private Preprocessor() {}

    /** @throws TraceException with a text for the user when the files are not there or nothing is left */
    public static List<FunctionTrace> preprocess(Path directory, TimeWindow window) {
        if (window.day() >= DAYS) {
            throw new TraceException("Azure's files are complete for days 0 to 11 only, and the excerpt begins on day "
                    + window.day() + ".");
        }
        if (window.minuteOfDay() + window.minutes() > MINUTES) {
            throw new TraceException("An excerpt cannot span days: minute " + window.minuteOfDay() + " and "
                    + window.minutes() + " more are past minute " + MINUTES + ".");
        }
        String day = String.format(Locale.ROOT, "d%02d", window.day() + 1);
        Map<String, Row> invoked = readInvocations(find(directory, "invocations", day), window);
        Map<String, Statistics> durations =
                readStatistics(find(directory, "durations", day), "HashFunction", DurationStatistics.columnNames());
        Map<String, Statistics> memory =
                readStatistics(find(directory, "memory", day), "HashApp", MemoryStatistics.columnNames());
        return join(invoked, durations, memory);
    }

    @SuppressWarnings("ArrayRecordComponent") // Private, and never compared.
    private record Row(String owner, String application, String function, String trigger, int[] counts) {}

    @SuppressWarnings("ArrayRecordComponent") // Private, and never compared.
    private record Statistics(String application, double[] columns) {}

    private static List<FunctionTrace> join(
            Map<String, Row> invoked, Map<String, Statistics> durations, Map<String, Statistics> memory) {
        List<Row> kept = new ArrayList<>();
        Map<String, Integer> functionsOf = new HashMap<>();
        for (Row row : invoked.values()) {
            Statistics duration = durations.get(row.function);
            if (duration != null && duration.columns[0] > 0 && memory.containsKey(duration.application)) {
                kept.add(row);
                functionsOf.merge(duration.application, 1, Integer::sum);
            }
        }
        List<FunctionTrace> functions = new ArrayList<>();
        for (Row row : kept) {
            Statistics duration = durations.getOrDefault(row.function, new Statistics("", new double[0]));
            Statistics held = memory.getOrDefault(duration.application, new Statistics("", new double[0]));
            functions.add(new FunctionTrace(
                    row.owner,
                    row.application,
                    row.function,
                    row.trigger,
                    row.counts,
                    DurationStatistics.of(duration.columns),
                    MemoryStatistics.of(held.columns).dividedBy(functionsOf.getOrDefault(duration.application, 1))));
        }
        if (functions.isEmpty()) {
            throw new TraceException("No function is left: none is invoked in the excerpt and in all three files.");
        }
        return functions;
    }

    private static Map<String, Row> readInvocations(Path file, TimeWindow window) {
        Map<String, Row> rows = new LinkedHashMap<>();
        try (CsvReader in = new CsvReader(file)) {
            int owner = in.requiredColumn("HashOwner");
            int application = in.requiredColumn("HashApp");
            int function = in.requiredColumn("HashFunction");
            int trigger = in.requiredColumn("Trigger");
            int start = Math.max(1, window.minuteOfDay());
            int first = in.requiredColumn(Integer.toString(start));
            in.requiredColumn(Integer.toString(start + window.minutes() - 1));
            while (in.next()) {
                int[] counts = new int[window.minutes()];
                boolean complete = true;
                for (int i = 0; i < counts.length && complete; i++) {
                    complete = !in.isEmpty(first + i);
                    counts[i] = complete ? in.count(first + i) : 0;
                }
                String key = in.text(function);
                if (complete && !rows.containsKey(key)) {
                    rows.put(key, new Row(in.text(owner), in.text(application), key, in.text(trigger), counts));
                }
            }
        }
        rows.values().removeIf(row -> Arrays.stream(row.counts).sum() == 0);
        return rows;
    }

    private static Map<String, Statistics> readStatistics(Path file, String key, List<String> names) {
        Map<String, Statistics> rows = new HashMap<>();
        try (CsvReader in = new CsvReader(file)) {
            int keyColumn = in.requiredColumn(key);
            int application = in.requiredColumn("HashApp");
            int[] columns = names.stream().mapToInt(in::requiredColumn).toArray();
            while (in.next()) {
                double[] values = new double[columns.length];
                for (int i = 0; i < columns.length; i++) {
                    values[i] = in.number(columns[i]);
                }
                rows.putIfAbsent(in.text(keyColumn), new Statistics(in.text(application), values));
            }
        }
        return rows;
    }

    private static Path find(Path directory, String kind, String day) {
        if (!Files.isDirectory(directory)) {
            throw new TraceException(directory + ": is not a directory. Give the folder of Azure's 2019 files.");
        }
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + kind + "*" + day + "*.csv")) {
            files.forEach(found::add);
        } catch (IOException e) {
            throw new TraceException(directory + ": cannot be read: " + e.getMessage(), e);
        }
        if (found.size() != 1) {
            throw new TraceException(directory + ": has " + found.size() + " files like *" + kind + "*" + day
                    + "*.csv, and there must be one.");
        }
        return found.getFirst();
    }
}
