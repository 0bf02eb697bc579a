package dev.thaw.load.trace;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Azure's 2019 trace as In-Vitro keeps it: a directory of {@code invocations.csv}, {@code durations.csv} and {@code memory.csv}.
 *
 * <p>As In-Vitro reads them: the leading columns of {@code invocations.csv} may come in any order and {@code Trigger} may be absent; the
 * files are joined on {@code HashFunction} alone; where durations or memory name a function twice the last row counts, where invocations
 * do, each row is a function of its own; further columns are ignored. Other than In-Vitro: a function without durations or memory, and
 * a trace shorter than the experiment, are errors here and crashes there.
 */
public final class Azure2019 {
    /** Units of time in a day's file, and so the most that a trace may have. */
    public static final int MAX_UNITS = 1440;

    private static final String KEY = "HashFunction";

    private Azure2019() {}

    /** Reads the first {@code units} columns of counts, at most {@link #MAX_UNITS}. */
    public static List<FunctionTrace> read(Path directory, int units) {
        return readUnits(directory, Math.clamp(units, 1, MAX_UNITS));
    }

    /** Reads every column of counts that there is. */
    public static List<FunctionTrace> read(Path directory) {
        return readUnits(directory, 0);
    }

    private static List<FunctionTrace> readUnits(Path directory, int units) {
        if (!Files.isDirectory(directory)) {
            throw new TraceException(directory
                    + ": is not a directory. Give a folder that holds invocations.csv, durations.csv and memory.csv.");
        }
        Path durationsFile = directory.resolve("durations.csv");
        Path memoryFile = directory.resolve("memory.csv");
        Map<String, double[]> durations = readStatistics(durationsFile, DurationStatistics.COLUMNS);
        Map<String, double[]> memory = readStatistics(memoryFile, MemoryStatistics.COLUMNS);

        List<FunctionTrace> functions = new ArrayList<>();
        try (CsvReader in = new CsvReader(directory.resolve("invocations.csv"))) {
            InvocationColumns columns = InvocationColumns.of(in);
            int available = in.header().size() - columns.first();
            if (units > available) {
                throw in.error(
                        in.header().size(),
                        "the trace has " + available + " columns of counts, and the experiment with its warm-up needs "
                                + units + ". Shorten ExperimentDuration or take a longer trace.");
            }
            int wanted = units == 0 ? available : units;
            while (in.next()) {
                String function = in.text(columns.function());
                functions.add(new FunctionTrace(
                        in.text(columns.owner()),
                        in.text(columns.application()),
                        function,
                        columns.trigger() < 0 ? "" : in.text(columns.trigger()),
                        counts(in, columns.first(), wanted),
                        DurationStatistics.of(joined(in, columns, durations, durationsFile)),
                        MemoryStatistics.of(joined(in, columns, memory, memoryFile))));
            }
        }
        if (functions.isEmpty()) {
            throw new TraceException(directory.resolve("invocations.csv") + ": has no function.");
        }
        return functions;
    }

    private static int[] counts(CsvReader in, int first, int wanted) {
        int[] counts = new int[wanted];
        for (int i = 0; i < wanted; i++) {
            counts[i] = in.count(first + i);
        }
        return counts;
    }

    private static double[] joined(
            CsvReader in, InvocationColumns columns, Map<String, double[]> statistics, Path file) {
        double[] row = statistics.get(in.text(columns.function()));
        if (row == null) {
            throw in.error(
                    columns.function(),
                    "function " + in.text(columns.function()) + " is not in " + file
                            + ". The sampler's preprocessing keeps only functions that are in all three files.");
        }
        return row;
    }

    private static Map<String, double[]> readStatistics(Path file, List<String> names) {
        try (CsvReader in = new CsvReader(file)) {
            int key = in.requiredColumn(KEY);
            int[] columns = names.stream().mapToInt(in::requiredColumn).toArray();
            Map<String, double[]> rows = new HashMap<>();
            while (in.next()) {
                double[] row = new double[columns.length];
                for (int i = 0; i < columns.length; i++) {
                    row[i] = in.number(columns[i]);
                    if (row[i] < 0) {
                        throw in.error(columns[i], "is negative.");
                    }
                }
                rows.put(in.text(key), row);
            }
            return rows;
        }
    }

    /** Writes a trace. Each file appears whole or not at all. */
    public static void write(Path directory, List<FunctionTrace> functions) {
        try {
            Files.createDirectories(directory);
            writeFile(directory.resolve("durations.csv"), out -> {
                out.write("HashOwner,HashApp,HashFunction," + String.join(",", DurationStatistics.COLUMNS) + "\n");
                for (FunctionTrace function : functions) {
                    writeRow(out, function, function.durations().columns());
                }
            });
            writeFile(directory.resolve("memory.csv"), out -> {
                out.write("HashOwner,HashApp,HashFunction," + String.join(",", MemoryStatistics.COLUMNS) + "\n");
                for (FunctionTrace function : functions) {
                    writeRow(out, function, function.memory().columns());
                }
            });
            writeFile(directory.resolve("invocations.csv"), out -> writeInvocations(out, functions));
        } catch (IOException e) {
            throw new TraceException(directory + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void writeInvocations(BufferedWriter out, List<FunctionTrace> functions) throws IOException {
        out.write("HashOwner,HashApp,HashFunction,Trigger");
        int units = functions.isEmpty() ? 0 : functions.getFirst().invocations().length;
        for (int i = 1; i <= units; i++) {
            out.write("," + i);
        }
        out.write('\n');
        for (FunctionTrace function : functions) {
            out.write(function.owner() + "," + function.application() + "," + function.function() + ","
                    + function.trigger());
            for (int count : function.invocations()) {
                out.write(',');
                if (count < 10) {
                    out.write('0' + count);
                } else {
                    out.write(Integer.toString(count));
                }
            }
            out.write('\n');
        }
    }

    private static void writeRow(BufferedWriter out, FunctionTrace function, double[] columns) throws IOException {
        out.write(function.owner() + "," + function.application() + "," + function.function());
        for (double column : columns) {
            out.write("," + column);
        }
        out.write('\n');
    }

    static void writeFile(Path file, FileBody body) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (BufferedWriter out = Files.newBufferedWriter(temporary, StandardCharsets.UTF_8)) {
                body.writeTo(out);
            }
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    interface FileBody {
        void writeTo(BufferedWriter out) throws IOException;
    }

    /** Where the leading columns are: −1 for an absent trigger. */
    record InvocationColumns(int owner, int application, int function, int trigger, int first) {
        static InvocationColumns of(CsvReader in) {
            int trigger = in.column("Trigger");
            int leading = trigger >= 0 ? 4 : 3;
            InvocationColumns columns = new InvocationColumns(
                    in.requiredColumn("HashOwner"),
                    in.requiredColumn("HashApp"),
                    in.requiredColumn(KEY),
                    trigger,
                    leading);
            if (Math.max(Math.max(columns.owner, columns.application), Math.max(columns.function, trigger))
                    >= leading) {
                throw in.error(
                        leading - 1,
                        "the first " + leading + " columns must be HashOwner, HashApp, HashFunction"
                                + (trigger >= 0 ? " and Trigger" : "") + ", in any order.");
            }
            if (in.header().size() == leading) {
                throw in.error(leading, "the trace has no column of counts.");
            }
            return columns;
        }
    }
}
