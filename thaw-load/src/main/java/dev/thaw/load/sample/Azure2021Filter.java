package dev.thaw.load.sample;

import dev.thaw.load.trace.CsvReader;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.TimeWindow;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Keeps of a 2021 trace the invocations of a sample's functions within a time: In-Vitro's {@code filter2021}. */
public final class Azure2021Filter {
    private Azure2021Filter() {}

    /** Writes the kept rows to a file, whole or not at all; returns how many there are. */
    public static long filter(Path trace, List<FunctionTrace> sample, TimeWindow window, Path output)
            throws IOException {
        Set<String> functions = new HashSet<>();
        sample.forEach(function -> functions.add(key(function.application(), function.function())));
        Path temporary = output.resolveSibling(output.getFileName() + ".part");
        long kept = 0;
        try {
            try (CsvReader in = new CsvReader(trace);
                    BufferedWriter out = Files.newBufferedWriter(temporary, StandardCharsets.UTF_8)) {
                int application = in.requiredColumn("app");
                int function = in.requiredColumn("func");
                int end = in.requiredColumn("end_timestamp");
                int duration = in.requiredColumn("duration");
                out.write("app,func,end_timestamp,duration\n");
                while (in.next()) {
                    double start = in.number(end) - in.number(duration);
                    if (start >= window.startMinute() * 60.0
                            && start < window.endMinute() * 60.0
                            && functions.contains(key(in.text(application), in.text(function)))) {
                        out.write(in.text(application) + "," + in.text(function) + "," + in.text(end) + ","
                                + in.text(duration) + "\n");
                        kept++;
                    }
                }
            }
            Files.move(temporary, output, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return kept;
    }

    private static String key(String application, String function) {
        return application + "/" + function;
    }
}
