package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32C;

/** What settings default to on one machine, for one user. */
record HostDefaults(Path data, Path runRoot, Path software, Path samples, long memoryBytes, int cores) {
    /** Where the operating system does not say how much memory there is. */
    private static final long UNKNOWN_MEMORY_BYTES = 4L << 30;

    HostDefaults {
        requireNonNull(data, "data is null");
        requireNonNull(runRoot, "runRoot is null");
        requireNonNull(software, "software is null");
        requireNonNull(samples, "samples is null");
    }

    static HostDefaults ofThisMachine() {
        Map<String, String> env = System.getenv();
        Path home = Path.of(System.getProperty("user.home"));
        boolean root = "root".equals(System.getProperty("user.name"));
        Path userData = Path.of(
                env.getOrDefault("XDG_DATA_HOME", home.resolve(".local/share").toString()));
        Path userCache = Path.of(
                env.getOrDefault("XDG_CACHE_HOME", home.resolve(".cache").toString()));
        Path userRun = Path.of(env.getOrDefault("XDG_RUNTIME_DIR", System.getProperty("java.io.tmpdir")));
        return new HostDefaults(
                root ? Path.of("/var/lib/thaw") : userData.resolve("thaw"),
                root ? Path.of("/run/thaw") : userRun.resolve("thaw"),
                userCache.resolve("thaw"),
                Path.of(System.getProperty("thaw.home", ".")).resolve("functions"),
                installedMemory(),
                Runtime.getRuntime().availableProcessors());
    }

    /** Short, and another for each data folder: it is part of the paths of unix sockets. */
    Path runOf(Path data) {
        CRC32C sum = new CRC32C();
        sum.update(data.toString().getBytes(StandardCharsets.UTF_8));
        return runRoot.resolve("%08x".formatted(sum.getValue()));
    }

    private static long installedMemory() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
        } catch (IOException e) {
            // Not Linux, or no /proc: the setting can still be given.
            return UNKNOWN_MEMORY_BYTES;
        }
        return UNKNOWN_MEMORY_BYTES;
    }
}
