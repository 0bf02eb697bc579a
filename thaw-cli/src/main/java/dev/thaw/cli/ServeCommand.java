package dev.thaw.cli;

import dev.thaw.gateway.ConfigKey;
import dev.thaw.gateway.Daemon;
import dev.thaw.gateway.DaemonConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        description = {
            "Run the daemon: workers, functions and the front door in one process.",
            "Every flag is also a key of the configuration file and an environment variable THAW_…; flags win over the environment, and the environment over the file."
        },
        footer = {"", "Example:", "  thaw serve --data /srv/thaw --workers 2 --cache-size 4GiB"})
final class ServeCommand implements Callable<Integer> {
    static final String CONFIG = "--config";
    private static final String TAKE_OVER = "--takeover";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** With a flag for each of the daemon's settings. */
    static CommandLine create() {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new ServeCommand());
        spec.addOption(OptionSpec.builder(CONFIG)
                .paramLabel("FILE")
                .type(Path.class)
                .description("A YAML file of settings. Default: $THAW_CONFIG.")
                .build());
        spec.addOption(OptionSpec.builder(TAKE_OVER)
                .arity("0")
                .type(boolean.class)
                .description(
                        "Take the place of the daemon that serves with the same --data: an upgrade without a failed invocation.")
                .build());
        for (ConfigKey key : ConfigKey.values()) {
            String initial = key.initial().isEmpty() ? "" : " Default: " + key.initial() + ".";
            spec.addOption(OptionSpec.builder("--" + key.key())
                    .paramLabel(key.form())
                    .type(String.class)
                    .description(key.help() + initial)
                    .build());
        }
        return new CommandLine(spec);
    }

    @Override
    public Integer call() throws InterruptedException {
        DaemonConfig config = DaemonConfig.parse(settings());
        Logging.forDaemon();
        CountDownLatch ended = new CountDownLatch(1);
        Daemon daemon;
        try {
            daemon = spec.commandLine().getParseResult().hasMatchedOption(TAKE_OVER)
                    ? Daemon.takeOver(config)
                    : Daemon.open(config);
        } catch (IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        }
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            daemon.close();
                            ended.countDown();
                            // Asked to end and ended in order: not the failure that a signal's exit code would say.
                            Runtime.getRuntime().halt(0);
                        },
                        "thaw-shutdown"));
        System.out.println("Thaw serves at " + daemon.address());
        var unused = daemon.handedOver().thenRun(ended::countDown);
        ended.await();
        return 0;
    }

    private Map<String, String> settings() {
        Map<String, String> flags = new LinkedHashMap<>();
        CommandLine.ParseResult given = spec.commandLine().getParseResult();
        for (ConfigKey key : ConfigKey.values()) {
            String flag = "--" + key.key();
            if (given.hasMatchedOption(flag)) {
                flags.put(key.key(), given.matchedOptionValue(flag, ""));
            }
        }
        Path file = given.hasMatchedOption(CONFIG) ? given.matchedOptionValue(CONFIG, Path.of("")) : null;
        return SettingSources.merge(flags, System.getenv(), file);
    }
}
