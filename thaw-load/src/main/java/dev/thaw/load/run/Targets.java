package dev.thaw.load.run;

import dev.thaw.load.trace.CsvReader;
import dev.thaw.load.trace.TraceException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Finds the target of a function. */
public interface Targets {
    /** @throws TraceException when there is none */
    Target of(String function);

    /** Functions deployed to a Thaw daemon: by path in HTTP, by host name in gRPC, whose paths are its own. */
    static Targets ofServer(Target server) {
        return function -> server.withPath("/function/" + function + "/").withAuthority(function + ".thaw");
    }

    /**
     * End points of any system, from a file with the columns {@code function} and {@code url} and, where the host must be called by
     * another name, {@code authority}. The function {@code *} stands for all that have no row of their own.
     */
    static Targets read(Path file) {
        Map<String, Target> targets = new HashMap<>();
        try (CsvReader in = new CsvReader(file)) {
            int function = in.requiredColumn("function");
            int url = in.requiredColumn("url");
            int authority = in.column("authority");
            while (in.next()) {
                Target target;
                try {
                    target = Target.parse(in.text(url).strip());
                } catch (IllegalArgumentException e) {
                    throw in.error(url, String.valueOf(e.getMessage()));
                }
                String name = authority < 0 ? "" : in.text(authority).strip();
                targets.put(in.text(function).strip(), name.isEmpty() ? target : target.withAuthority(name));
            }
        }
        return function -> {
            Target target = targets.getOrDefault(function, targets.get("*"));
            if (target == null) {
                throw new TraceException(file + ": has no row for function '" + function
                        + "'. Add one, or one for '*' that stands for all others.");
            }
            return target;
        };
    }
}
