package dev.thaw.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The C function of the tests, and the folder that becomes a guest's root. */
final class TestFunction {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private TestFunction() {}

    /** Compiles the function into the folder. */
    static Path compile(Path folder) throws IOException {
        Path program = folder.resolve("function");
        HostCommand.run(
                folder,
                TIMEOUT,
                List.of(
                        "musl-gcc",
                        "-std=gnu11",
                        "-D_GNU_SOURCE",
                        "-Os",
                        "-static",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-o",
                        program.toString(),
                        Path.of("src/test/c/function.c").toAbsolutePath().toString()));
        return program;
    }

    /** Users, groups and the folders that an agent needs. */
    static void fillRoot(Path root) throws IOException {
        for (String folder : List.of("etc", "run/thaw", "opt/thaw/hooks", "bin", "tmp", "proc", "sys", "dev")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.writeString(root.resolve("etc/passwd"), """
                root:x:0:0:root:/root:/bin/sh
                app:x:1000:1001:An application:/home/app:/bin/sh
                """);
        Files.writeString(root.resolve("etc/group"), """
                root:x:0:
                app:x:1001:
                logs:x:44:other,app
                """);
    }

    static StartRequest start(int port, List<String> arguments, List<String> environment) {
        return new StartRequest(
                arguments,
                environment,
                "/",
                "",
                GuestIdentity.fresh("first"),
                Instant.now(),
                Entropy.fresh(),
                15,
                port,
                Duration.ofSeconds(20));
    }
}
