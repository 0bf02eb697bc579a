package dev.thaw.cli;

import dev.thaw.cli.bench.store.FrozenFunction;
import dev.thaw.cli.bench.store.FrozenFunctions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "store", description = "Measure what snapshots of many functions cost at rest.")
final class StoreBenchCommand implements Runnable {
    @Mixin
    private final Output output = new Output();

    @Option(names = "--frozen", required = true)
    private Path frozen = Path.of("");

    @Option(names = "--function")
    private List<String> functions = List.of();

    @Override
    public void run() {
        try {
            List<String> names = functions.isEmpty() ? FrozenFunctions.names() : functions;
            for (FrozenFunction function : new FrozenFunctions(frozen, output::say).take(names, 256L << 20)) {
                output.print(function.name() + " " + function.logicalBytes());
            }
        } catch (IOException e) {
            throw new CommandFailure("The benchmark was broken off: " + e.getMessage(), e);
        }
    }
}
