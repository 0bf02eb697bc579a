package dev.thaw.cli;

import dev.thaw.cli.bench.store.FrozenFunction;
import dev.thaw.cli.bench.store.FrozenFunctions;
import dev.thaw.store.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which frozen functions a benchmark of the store is about. */
final class FrozenOptions {
    @Option(
            names = "--function",
            paramLabel = "NAME",
            description = "A sample or a variation of one (functions/build --variations). Repeatable. Default: all.")
    private List<String> functions = List.of();

    @Option(
            names = "--frozen",
            paramLabel = "DIR",
            description =
                    "Keeps the frozen functions there, and takes those that are there already. Default: a folder that is removed.")
    private @Nullable Path frozen;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Of each guest. Default: ${DEFAULT-VALUE}.",
            defaultValue = "256MiB",
            converter = Converters.Size.class)
    private DataSize memory = DataSize.ofGibibytes(1);

    /** What is done with the functions, in a folder for work that is removed afterwards. */
    @FunctionalInterface
    interface Measurement<T> {
        T run(List<FrozenFunction> functions, Path work) throws IOException;
    }

    /** @throws IllegalArgumentException when a function is not there, or named twice */
    <T> T measure(Consumer<String> progress, Measurement<T> measurement) throws IOException {
        List<String> names = names();
        Path folder = frozen == null
                ? Files.createTempDirectory("thaw-frozen-")
                : Files.createDirectories(frozen).toAbsolutePath();
        try {
            Path work = Files.createTempDirectory(folder, ".measure-");
            try {
                return measurement.run(new FrozenFunctions(folder, progress).take(names, memory.bytes()), work);
            } finally {
                HostFiles.delete(work);
            }
        } finally {
            if (frozen == null) {
                HostFiles.delete(folder);
            }
        }
    }

    private List<String> names() throws IOException {
        if (functions.isEmpty()) {
            return FrozenFunctions.names();
        }
        FrozenFunctions.require(functions);
        if (new LinkedHashSet<>(functions).size() < functions.size()) {
            throw new IllegalArgumentException("A function is named twice.");
        }
        return functions;
    }
}
