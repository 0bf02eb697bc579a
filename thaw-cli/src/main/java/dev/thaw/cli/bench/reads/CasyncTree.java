package dev.thaw.cli.bench.reads;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The tree by {@code casync mount}. */
final class CasyncTree implements Tree {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final Path root;

    private CasyncTree(Process process, Path root) {
        this.process = requireNonNull(process, "process is null");
        this.root = requireNonNull(root, "root is null");
    }

    /** Makes an archive of a tree and its chunks, with zstd; what comes of it mounts it. */
    static Mounter archive(Path tree, Path folder) throws IOException {
        String store = "--store=" + folder.resolve("chunks.castr");
        String index = folder.resolve("tree.caidx").toString();
        Programs.run(List.of("casync", "make", "--compression=zstd", store, index, tree.toString()));
        return new Mounter() {
            @Override
            public String name() {
                return "casync";
            }

            @Override
            public Tree mount(Path work) throws IOException {
                Path root = Files.createDirectory(work.resolve("tree"));
                Path log = work.resolve("casync.log");
                Process process = new ProcessBuilder("casync", "mount", store, index, root.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
                try {
                    awaitMount(process, root, log);
                    return new CasyncTree(process, root);
                } catch (IOException | RuntimeException e) {
                    process.destroyForcibly();
                    throw e;
                }
            }
        };
    }

    private static void awaitMount(Process process, Path root, Path log) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + root + " ")) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(
                        "casync does not mount: " + Files.readString(log).strip());
            }
            try {
                process.waitFor(Duration.ofMillis(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while casync mounted", e);
            }
        }
    }

    @Override
    public Path root() {
        return root;
    }

    @Override
    public void close() throws IOException {
        try {
            Programs.run(List.of("umount", root.toString()));
            if (!process.waitFor(PATIENCE)) {
                throw new IOException("casync goes on after its mount's end.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while casync ended", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
