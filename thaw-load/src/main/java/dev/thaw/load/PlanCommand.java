package dev.thaw.load;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.LoaderConfigReader;
import dev.thaw.load.plan.Plan;
import dev.thaw.load.plan.PlanWriter;
import dev.thaw.load.plan.Planner;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code load plan}: writes the arrivals without sending anything. */
@Command(
        name = "plan",
        description = "Writes what a configuration would send, as CSV or JSON, without sending it.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  thaw load plan traces/cold-start.json --json -o plan.json"})
final class PlanCommand implements Callable<Integer> {
    private static final int BUFFER = 1 << 16;

    @Parameters(paramLabel = "CONFIG", description = "A loader configuration in In-Vitro's format.")
    @SuppressWarnings("NullAway.Init")
    private Path config;

    @Option(names = "--json", description = "Write JSON: seed, functions, invocations.")
    private boolean json;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write there, whole or not at all. Without it: standard output.")
    private @Nullable Path output;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        LoaderConfig loaderConfig = LoaderConfigReader.read(config);
        ConfigWarnings.print(loaderConfig, spec.commandLine().getErr());
        Plan plan = Planner.plan(loaderConfig);
        Path file = output;
        if (file == null) {
            // Not closed: standard output is not ours.
            BufferedOutputStream out = new BufferedOutputStream(System.out, BUFFER);
            write(plan, out);
            out.flush();
            return 0;
        }
        Path temporary = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), BUFFER)) {
                write(plan, out);
            }
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return 0;
    }

    private void write(Plan plan, OutputStream out) throws IOException {
        if (json) {
            PlanWriter.writeJson(plan, out);
        } else {
            PlanWriter.writeCsv(plan, out);
        }
    }
}
