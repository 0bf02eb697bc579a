package dev.thaw.store.object;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Programs that tests need and that are built from pinned Go modules in this repository, into a cache outside of it,
 * once for each state of the pins.
 */
public final class GoTool {
    private static final long BUILD_MINUTES = 15;

    private final Path module;

    /** @param folder of the module, from the repository's root */
    public GoTool(String folder) {
        this.module = root(folder).resolve(folder);
    }

    private static Path root(String folder) {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve(folder).resolve("go.mod"))) {
            at = at.getParent();
            if (at == null) {
                throw new IllegalStateException("There is no " + folder + "/go.mod above the working directory.");
            }
        }
        return at;
    }

    /** The program, built if it is not there yet. */
    public Path build(String name, String goPackage) throws IOException, InterruptedException {
        Path cache = Files.createDirectories(cache());
        Path program = cache.resolve(name);
        try (FileChannel lock =
                FileChannel.open(cache.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            lock.lock();
            if (!Files.isExecutable(program)) {
                System.out.println("Building " + goPackage + " (once; it takes a minute or two)");
                Path fresh = cache.resolve(name + ".fresh");
                run(fresh, goPackage, cache.resolve(name + ".log"));
                Files.move(fresh, program, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return program;
    }

    private Path cache() throws IOException {
        byte[] pins = (Files.readString(module.resolve("go.mod")) + Files.readString(module.resolve("go.sum")))
                .getBytes(StandardCharsets.UTF_8);
        String caches = System.getenv("XDG_CACHE_HOME");
        Path home = caches == null || caches.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(caches);
        return home.resolve(
                "thaw/tools/" + module.getFileName() + "-" + Digest.of(pins).brief());
    }

    private void run(Path output, String goPackage, Path log) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        go().toString(), "build", "-trimpath", "-ldflags", "-s -w", "-o", output.toString(), goPackage))
                .directory(module.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("CGO_ENABLED", "0");
        Process process = builder.start();
        try {
            if (!process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException("Could not build " + goPackage + ": " + Files.readString(log));
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static Path go() throws IOException {
        String path = System.getenv("PATH");
        for (String folder : ((path == null ? "" : path) + ":/usr/local/go/bin:/usr/lib/go/bin").split(":", -1)) {
            Path program = Path.of(folder, "go");
            if (Files.isExecutable(program) && !Files.isDirectory(program)) {
                return program;
            }
        }
        throw new IOException("These tests build their servers with Go 1.26 or newer, and there is no 'go' on the PATH."
                + " Install it.");
    }
}
