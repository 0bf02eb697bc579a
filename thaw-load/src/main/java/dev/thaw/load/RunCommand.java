package dev.thaw.load;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.LoaderConfigReader;
import dev.thaw.load.plan.Plan;
import dev.thaw.load.plan.Planner;
import dev.thaw.load.report.RunFigures;
import dev.thaw.load.run.LoadRun;
import dev.thaw.load.run.Target;
import dev.thaw.load.run.Targets;
import dev.thaw.load.run.ThawServer;
import dev.thaw.load.run.ThawServer.Deployment;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code load run}: sends a plan and records what became of each invocation. */
@Command(
        name = "run",
        description = "Sends what a configuration asks for and writes In-Vitro's results file.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  thaw load run traces/cold-start.json --deploy --image sample:trace",
            "  thaw load run traces/cold-start.json --endpoints endpoints.csv --output out/knative"
        })
final class RunCommand implements Callable<Integer> {
    private static final String DEFAULT_SERVER = "http://127.0.0.1:8080";

    /** Longer than a stopped run's grace. */
    private static final long SHUTDOWN_SECONDS = 30;

    @Parameters(paramLabel = "CONFIG", description = "A loader configuration in In-Vitro's format.")
    @SuppressWarnings("NullAway.Init")
    private Path config;

    @Option(
            names = "--server",
            paramLabel = "URL",
            defaultValue = "${env:THAW_SERVER:-" + DEFAULT_SERVER + "}",
            description = "A Thaw daemon (default: THAW_SERVER, else " + DEFAULT_SERVER + ").")
    @SuppressWarnings("NullAway.Init")
    private String server;

    @Option(
            names = "--endpoints",
            paramLabel = "FILE",
            description = "Invoke these instead: CSV with the columns function, url and, if needed, authority;"
                    + " the function * stands for all others.")
    private @Nullable Path endpoints;

    @Option(
            names = "--deploy",
            description = "Deploy the plan's functions to the daemon before, and remove them after.")
    private boolean deploy;

    @Option(names = "--keep", description = "Leave the deployed functions there.")
    private boolean keep;

    @Option(
            names = "--image",
            paramLabel = "REF",
            defaultValue = "sample:trace",
            description = "What to deploy (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init")
    private String image;

    @Option(
            names = "--memory",
            paramLabel = "MIB",
            defaultValue = "0",
            description = "Memory of each function in MiB (default: what the trace asks for, and 96 more).")
    private int memoryMib;

    @Option(names = "--cpus", paramLabel = "N", defaultValue = "1", description = "CPUs of each function (default: 1).")
    private int cpus;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "1",
            description = "Invocations at once in an instance (default: 1).")
    private int concurrency;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "PREFIX",
            description = "Write PREFIX_duration_<units>.csv (default: the configuration's OutputPathPrefix).")
    private @Nullable String output;

    @Option(names = "--json", description = "Print the summary as JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (deploy && endpoints != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--deploy and --endpoints exclude each other: end points are of functions that run already.");
        }
        LoaderConfig loaderConfig = LoaderConfigReader.read(config);
        ConfigWarnings.print(loaderConfig, spec.commandLine().getErr());
        Plan plan = Planner.plan(loaderConfig);
        Path file = LoadRun.output(output == null ? loaderConfig.outputPathPrefix() : output, loaderConfig);
        LoadRun run = new LoadRun(
                loaderConfig,
                plan,
                endpoints == null ? Targets.ofServer(Target.parse(server)) : Targets.read(endpoints),
                file,
                System.err,
                Clock.systemUTC());
        try (InterruptHook _ = new InterruptHook(run)) {
            RunFigures figures = deploy ? runDeployed(plan, run, loaderConfig.functionTimeout()) : run.run();
            print(figures, file);
        }
        return 0;
    }

    private RunFigures runDeployed(Plan plan, LoadRun run, Duration timeout) throws IOException {
        ThawServer thaw = new ThawServer(URI.create(server));
        thaw.deploy(plan, new Deployment(image, (long) memoryMib << 20, cpus, concurrency, timeout));
        try {
            return run.run();
        } finally {
            if (!keep) {
                thaw.close();
            }
        }
    }

    /** On SIGINT and SIGTERM the JVM waits for its hooks, and this hook for the run to write what was measured and tidy up. */
    private static final class InterruptHook implements AutoCloseable {
        private final CountDownLatch finished = new CountDownLatch(1);
        private final Thread thread;

        InterruptHook(LoadRun run) {
            thread = Thread.ofPlatform().unstarted(() -> {
                run.stop();
                try {
                    if (!finished.await(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
                        System.err.println("The run did not end in time; its results may be incomplete.");
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Runtime.getRuntime().addShutdownHook(thread);
        }

        @Override
        public void close() {
            finished.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(thread);
            } catch (IllegalStateException e) {
                // The hook runs: this is the shutdown that it is for.
            }
        }
    }

    private void print(RunFigures figures, Path file) {
        if (json) {
            ObjectNode summary = JsonMapper.shared().createObjectNode().put("file", file.toString());
            summary.setAll(figures.toJson());
            System.out.println(summary);
        } else {
            System.out.print(figures.toText());
            System.out.println("results:      " + file);
        }
        System.out.flush();
    }
}
