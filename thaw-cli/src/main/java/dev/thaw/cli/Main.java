package dev.thaw.cli;

import static java.util.Objects.requireNonNull;

import dev.thaw.kubernetes.DevCommand;
import dev.thaw.kubernetes.ExplainPlacementCommand;
import dev.thaw.kubernetes.ExtenderBenchCommand;
import dev.thaw.kubernetes.ExtenderCommand;
import dev.thaw.kubernetes.PlacementBenchCommand;
import dev.thaw.load.LoadCommand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** The {@code thaw} command. */
public final class Main {
    private static final String LOAD = "load";

    /**
     * Of the JDK's HTTP client, by which object stores are read. Its own are 5 connections for 5 s: fewer than one thaw asks for at once, and too short for the next
     * to find them, which would connect anew and, with TLS, wait two round trips more.
     */
    private static final Map<String, String> CONNECTIONS =
            Map.of("http.maxConnections", "32", "http.keepAlive.time.server", "60");

    private Main() {}

    @Command(
            name = "thaw",
            description = "Functions in microVMs that scale to zero and come back at once, from snapshots.",
            synopsisSubcommandLabel = "COMMAND",
            mixinStandardHelpOptions = false,
            footer = {
                "",
                "Example:",
                "  thaw serve &",
                "  thaw deploy hello --image sample:hello-c",
                "  thaw invoke hello"
            })
    static final class Root {}

    /** The commands by their names. Only the one that is asked for is made: reading a command's annotations takes its time. */
    static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("serve", ServeCommand::create);
        commands.put("deploy", DeployCommand::new);
        commands.put("invoke", InvokeCommand::new);
        commands.put("functions", FunctionsCommand::new);
        commands.put("describe", DescribeCommand::new);
        commands.put("delete", DeleteCommand::new);
        commands.put("logs", LogsCommand::new);
        commands.put("instances", InstancesCommand::new);
        commands.put("retire", RetireCommand::new);
        commands.put(
                "explain",
                () -> new CommandLine(new ExplainCommand()).addSubcommand("placement", new ExplainPlacementCommand()));
        commands.put("freeze", FreezeCommand::new);
        commands.put("snapshots", SnapshotsCommand::new);
        commands.put("snapshot", SnapshotCommand::new);
        commands.put("cache", CacheCommand::new);
        commands.put("store", StoreCommand::new);
        commands.put("demo", DemoCommand::new);
        commands.put(
                "bench",
                () -> new CommandLine(new BenchCommand())
                        .addSubcommand("burst", new BurstBenchCommand())
                        .addSubcommand("clones", new ClonesBenchCommand())
                        .addSubcommand("gateway", new GatewayBenchCommand())
                        .addSubcommand("store", new StoreBenchCommand())
                        .addSubcommand("publish", new PublishBenchCommand())
                        .addSubcommand("reads", new ReadsBenchCommand())
                        .addSubcommand("placement", new PlacementBenchCommand())
                        .addSubcommand("extender", new ExtenderBenchCommand()));
        commands.put(LOAD, LoadCommand::commandLine);
        commands.put("extender", ExtenderCommand::new);
        commands.put("dev", DevCommand::new);
        commands.put("doctor", DoctorCommand::new);
        commands.put("completion", CompletionCommand::new);
        commands.put("version", VersionCommand::new);
        return commands;
    }

    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs a command. Returns the process's exit code: 0 done, 1 failed, 2 wrong usage. */
    static int run(String... args) {
        if (args.length > 0 && args[0].equals(LOAD)) {
            // It can run alone as well, and has its own way to report.
            return LoadCommand.commandLine()
                    .setCommandName("thaw " + LOAD)
                    .execute(Arrays.copyOfRange(args, 1, args.length));
        }
        CONNECTIONS.forEach((name, value) -> System.setProperty(name, System.getProperty(name, value)));
        return commandLine(List.of(args)).execute(args);
    }

    static CommandLine commandLine(List<String> args) {
        CommandLine root = new CommandLine(CommandSpec.forAnnotatedObject(new Root()));
        Map<String, Supplier<Object>> commands = commands();
        @Nullable Supplier<Object> wanted = args.isEmpty() ? null : commands.get(args.getFirst());
        List<String> names = wanted == null ? new ArrayList<>(commands.keySet()) : List.of(args.getFirst());
        for (String name : names) {
            root.addSubcommand(name, requireNonNull(commands.get(name)).get());
        }
        root.getCommandSpec().parser().abbreviatedOptionsAllowed(false);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        return Usage.prepare(root);
    }
}
