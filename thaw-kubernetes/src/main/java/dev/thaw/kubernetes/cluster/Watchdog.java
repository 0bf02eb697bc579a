package dev.thaw.kubernetes.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Ends a cluster when the JVM that started it is gone, however it went: a shell that waits for the end of its standard input,
 * which the kernel closes with the JVM, and then ends each recorded process that is still the one recorded.
 */
final class Watchdog {
    private static final String SCRIPT = """
            read -r nothing
            for record in "$0"/pids/*; do
                [ -f "$record" ] || continue
                read -r line < "$record"
                pid=${line%% *}
                now=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
                set -- ${line##*) }
                shift 19
                started=$1
                set -- ${now##*) }
                shift 19
                [ "$1" = "$started" ] && kill -KILL "$pid"
            done
            exit 0
            """;

    private Watchdog() {}

    /** The watchdog acts, and ends, when the returned process' input is closed. */
    static Process start(Path folder) throws IOException {
        Files.createDirectories(folder);
        // Its standard input is the pipe that this JVM holds and never writes to. Not recorded: it ends with the JVM.
        return new ProcessBuilder(
                        "setsid", "sh", "-c", SCRIPT, folder.toAbsolutePath().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
