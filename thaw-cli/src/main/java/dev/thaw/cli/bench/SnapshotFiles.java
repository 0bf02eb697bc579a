package dev.thaw.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A snapshot's files in a worker's cache. */
public record SnapshotFiles(Path memory, Path state, Path rootfs) {
    public static SnapshotFiles find(Path workerDirectory, List<BenchServer.Part> parts) throws IOException {
        return new SnapshotFiles(
                find(workerDirectory, parts, "memory"),
                find(workerDirectory, parts, "state"),
                find(workerDirectory, parts, "rootfs"));
    }

    private static Path find(Path directory, List<BenchServer.Part> parts, String kind) throws IOException {
        String digest = parts.stream()
                .filter(part -> part.kind().equals(kind))
                .findFirst()
                .orElseThrow(() -> new IOException("The snapshot has no part '" + kind + "'."))
                .digestHex();
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> String.valueOf(file.getFileName()).contains(digest))
                    .findFirst()
                    .orElseThrow(
                            () -> new IOException("There is no " + kind + " " + digest + " under " + directory + "."));
        }
    }

    /** The next read of these comes from the disk. Only pages that nobody maps are dropped: no instance may run. */
    void dropFromPageCache() throws IOException {
        for (Path file : List.of(memory, state, rootfs)) {
            // dd's documented way to drop a file's cached pages: POSIX_FADV_DONTNEED over all of it.
            Process dd = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                if (!dd.waitFor(20, TimeUnit.SECONDS) || dd.exitValue() != 0) {
                    dd.destroyForcibly();
                    throw new IOException(file + " cannot be dropped from the page cache.");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while dropping " + file + " from the page cache.", e);
            }
        }
    }
}
