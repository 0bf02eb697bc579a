package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether images can be served on demand on this host.
 *
 * @param obstacle why not, and what to do; empty when they can
 * @param repeatsRequests whether reads that were under way when a daemon died go on under the next (Linux 6.9)
 */
public record LazySupport(Optional<String> obstacle, boolean repeatsRequests) {
    private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");
    private static final int REPEATING_MAJOR = 6;
    private static final int REPEATING_MINOR = 9;

    public LazySupport {
        requireNonNull(obstacle, "obstacle is null");
    }

    /** Tries it: makes a mount in a temporary folder, and removes it. Takes some milliseconds. */
    public static LazySupport check() {
        boolean repeats = repeatsRequests(System.getProperty("os.version"));
        if (!Files.exists(Path.of("/dev/fuse"))) {
            return new LazySupport(
                    Optional.of("/dev/fuse is missing: modprobe fuse, or give the container the device"), repeats);
        }
        try {
            Path directory = Files.createTempDirectory("thaw-lazy");
            try {
                return new LazySupport(tryMount(directory), repeats);
            } finally {
                Files.deleteIfExists(directory.resolve("lazy-holder"));
                Files.deleteIfExists(directory.resolve("files"));
                Files.deleteIfExists(directory);
            }
        } catch (IOException | InterruptedException e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return new LazySupport(Optional.of("a mount could not be tried: " + e.getMessage()), repeats);
        }
    }

    private static Optional<String> tryMount(Path directory) throws IOException, InterruptedException {
        Path mountPoint = Files.createDirectory(directory.resolve("files"));
        try {
            Process process = HolderProgram.install(directory).start(List.of("check", mountPoint.toString()));
            process.waitFor();
            return Optional.empty();
        } catch (LazyException e) {
            boolean root = "root".equals(System.getProperty("user.name"));
            return Optional.of(e.getMessage()
                    + (root
                            ? " (a container needs CAP_SYS_ADMIN, and a profile that allows mount)"
                            : " (mounting needs root)"));
        }
    }

    static boolean repeatsRequests(String release) {
        Matcher matcher = RELEASE.matcher(release);
        if (!matcher.matches()) {
            return false;
        }
        int major = Integer.parseInt(matcher.group(1));
        return major > REPEATING_MAJOR
                || (major == REPEATING_MAJOR && Integer.parseInt(matcher.group(2)) >= REPEATING_MINOR);
    }
}
