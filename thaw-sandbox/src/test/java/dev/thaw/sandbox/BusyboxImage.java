package dev.thaw.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** A root file system with busybox's web server and a few scripts behind it. */
final class BusyboxImage {
    private BusyboxImage() {}

    /** In a folder, where it is made once. */
    static Path build(Path folder) throws Exception {
        Path rootfs = folder.resolve("rootfs.erofs");
        if (Files.exists(rootfs)) {
            return rootfs;
        }
        Path tree = Files.createDirectories(folder.resolve("tree"));
        for (String name : List.of("bin", "www/cgi-bin", "proc", "sys", "dev", "run", "tmp", "etc", "var")) {
            Files.createDirectories(tree.resolve(name));
        }
        Files.copy(Path.of("/bin/busybox"), tree.resolve("bin/busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createSymbolicLink(tree.resolve("bin/sh"), Path.of("busybox"));
        Files.writeString(tree.resolve("www/index.html"), "hello from a guest\n");
        script(
                tree,
                "identity",
                "busybox hostname; busybox cat /etc/machine-id /proc/sys/kernel/random/boot_id; busybox head -c 16 /dev/urandom | busybox xxd -p");
        script(tree, "remember", "echo kept > /var/remembered");
        script(tree, "recall", "busybox cat /var/remembered");
        script(tree, "links", "busybox ls /sys/class/net");
        run(
                "musl-gcc",
                "-static",
                "-Os",
                "-o",
                tree.resolve("www/cgi-bin/fetch").toString(),
                "src/test/c/fetch.c");
        run("mkfs.erofs", "--quiet", rootfs.toString(), tree.toString());
        return rootfs;
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static void script(Path tree, String name, String body) throws IOException {
        Path file = tree.resolve("www/cgi-bin").resolve(name);
        Files.writeString(file, "#!/bin/sh\necho 'Content-Type: text/plain'\necho\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true, false)).isTrue();
    }

    /** Shared between runs, for the kernel is a large download. */
    static Path softwareCache() {
        return Path.of(
                Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                        .orElse(System.getProperty("user.home") + "/.cache"),
                "thaw");
    }
}
