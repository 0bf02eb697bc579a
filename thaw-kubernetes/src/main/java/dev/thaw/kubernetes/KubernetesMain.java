package dev.thaw.kubernetes;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The cluster shape's commands by themselves; the {@code thaw} command mounts the same classes. */
@Command(
        name = "thaw-kubernetes",
        mixinStandardHelpOptions = true,
        subcommands = {ExtenderCommand.class, KubernetesMain.Explain.class, DevCommand.class, KubernetesMain.Bench.class
        })
public final class KubernetesMain {
    @Command(
            name = "explain",
            mixinStandardHelpOptions = true,
            subcommands = ExplainPlacementCommand.class,
            description = "Say why.")
    static final class Explain {}

    @Command(
            name = "bench",
            mixinStandardHelpOptions = true,
            subcommands = {PlacementBenchCommand.class, ExtenderBenchCommand.class},
            description = "Measure.")
    static final class Bench {}

    private KubernetesMain() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new KubernetesMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }
}
