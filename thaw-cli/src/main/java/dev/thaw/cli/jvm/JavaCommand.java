package dev.thaw.cli.jvm;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** How programs of this product are started from this one: by the same Java, in the same way. */
public final class JavaCommand {
    /** What an installation starts with where it can: a cache of classes, and compiler threads that give way to all others. */
    private static final List<String> PASSED_ON =
            List.of("-XX:AOTCache=", "-XX:ThreadPriorityPolicy=", "-XX:CompilerThreadPriority=");

    private JavaCommand() {}

    /** The program and its options, to which class path, main class and arguments are to be added. */
    public static List<String> begin() {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> PASSED_ON.stream().anyMatch(argument::startsWith))
                .forEach(command::add);
        return command;
    }
}
