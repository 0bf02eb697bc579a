package dev.thaw.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The distribution's own tools, by which our work is judged. */
final class Tools {
    @FunctionalInterface
    interface MountUser {
        void use(Path mount) throws Exception;
    }

    private Tools() {}

    /** Runs a command to its end; fails with what it said unless it succeeds. */
    static String run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("thaw-tool", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(List.of(command) + " does not end: " + Files.readString(output));
            }
            String said = Files.readString(output);
            if (process.exitValue() != 0) {
                throw new AssertionError(List.of(command) + " ended with " + process.exitValue() + ": " + said);
            }
            return said;
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Has erofs-utils check a file system and read everything in it. */
    static void checkErofs(Path erofs, Path extractTo) throws IOException, InterruptedException {
        run("fsck.erofs", "--extract=" + extractTo, erofs.toString());
    }

    /** Mounts a file system with the host's kernel for as long as {@code user} runs. */
    static void mounted(Path erofs, Path mount, MountUser user) throws Exception {
        Files.createDirectories(mount);
        run("mount", "-t", "erofs", "-o", "loop,ro", erofs.toString(), mount.toString());
        try {
            user.use(mount);
        } finally {
            run("umount", mount.toString());
        }
    }

    /** All bytes of the files below a directory. */
    static long size(Path directory) throws IOException {
        long size = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
            }
        }
        return size;
    }

    static Path largest(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(it -> it.toFile().length()))
                    .orElseThrow();
        }
    }

    /** Every extended attribute below a directory, one a line, in order. */
    static String xattrs(Path directory) throws IOException, InterruptedException {
        return run("/usr/bin/python3", "-c", """
                import os, sys
                root = os.fsencode(sys.argv[1])
                lines = []
                for parent, directories, files in os.walk(root):
                    for path in [os.path.join(parent, name) for name in directories + files]:
                        for name in os.listxattr(path, follow_symlinks=False):
                            value = os.getxattr(path, name, follow_symlinks=False)
                            lines.append(f"{os.path.relpath(path, root)} {name} {value.hex()}")
                print("\\n".join(sorted(lines)))
                """, directory.toString());
    }
}
