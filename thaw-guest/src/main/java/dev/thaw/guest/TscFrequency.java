package dev.thaw.guest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/**
 * How fast this host's time stamp counter runs. An emulated guest sees that counter, so it is told at its boot, and a snapshot of it
 * fits only hosts whose counter runs as fast.
 */
public final class TscFrequency {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    /** What two measurements of one host may differ in: a guest's clock would be wrong by as much. */
    private static final long TOLERANCE_PER_MILLION = 200;

    private static long known;

    private TscFrequency() {}

    /**
     * The frequency in kHz; the same at every call of one process.
     *
     * @throws IOException when the helper that reads it cannot be run here
     */
    public static synchronized long hostKilohertz() throws IOException {
        if (known == 0) {
            known = measure();
        }
        return known;
    }

    /** Whether a guest that was told one frequency can go on at the other. */
    public static boolean alike(long kilohertz, long otherKilohertz) {
        return Math.abs(kilohertz - otherKilohertz) <= kilohertz * TOLERANCE_PER_MILLION / 1_000_000;
    }

    private static long measure() throws IOException {
        Path folder = Files.createTempDirectory("thaw");
        try (InputStream program = TscFrequency.class.getResourceAsStream("tsc-frequency")) {
            if (program == null) {
                throw new IOException(
                        "This build of Thaw is not whole: tsc-frequency is missing. Build it with musl-tools.");
            }
            Path file = folder.resolve("tsc-frequency");
            Files.copy(program, file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
            String text =
                    HostCommand.run(folder, TIMEOUT, List.of(file.toString())).strip();
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("The host's TSC frequency is not a number", e);
        } finally {
            FileTree.delete(folder);
        }
    }
}
