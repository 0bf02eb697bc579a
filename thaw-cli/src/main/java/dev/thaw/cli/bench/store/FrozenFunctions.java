package dev.thaw.cli.bench.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.DaemonConfig;
import dev.thaw.image.SampleBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A folder of frozen functions, one folder each. Those that are missing are booted, invoked and frozen; those that are there are used as they are, so that two
 * measurements can be of the same bytes.
 */
public final class FrozenFunctions {
    private static final String REDEPLOY = "-redeploy";

    private final Path folder;
    private final Consumer<String> progress;

    public FrozenFunctions(Path folder, Consumer<String> progress) {
        this.folder = requireNonNull(folder, "folder is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    /** All samples and variations that this installation has. */
    public static List<String> names() throws IOException {
        SampleBuilder samples = new SampleBuilder(DaemonConfig.parse(Map.of()).samples());
        List<String> names = new ArrayList<>(samples.names());
        names.addAll(samples.variations());
        // Other tools' load, not a function of its own.
        names.remove("trace");
        return names;
    }

    /** @throws IllegalArgumentException for one that this installation does not have */
    public static void require(List<String> names) throws IOException {
        List<String> all = names();
        for (String name : names) {
            if (!all.contains(name)) {
                throw new IllegalArgumentException(
                        "There is no sample or variation '" + name + "'. There are " + String.join(", ", all) + ".");
            }
        }
    }

    /** The function that this one is after one of its source files was changed. */
    public static Optional<String> redeployOf(String name) {
        return name.endsWith(REDEPLOY)
                ? Optional.of(name.substring(0, name.length() - REDEPLOY.length()))
                : Optional.empty();
    }

    /** The functions in the order of {@code names}. */
    public List<FrozenFunction> take(List<String> names, long memoryBytes) throws IOException {
        List<String> missing = names.stream()
                .filter(name -> !FrozenFunction.isIn(folder.resolve(name)))
                .toList();
        if (!missing.isEmpty()) {
            freeze(missing, memoryBytes);
        }
        List<FrozenFunction> frozen = new ArrayList<>();
        for (String name : names) {
            FrozenFunction function = FrozenFunction.read(folder.resolve(name));
            if (function.fit().memory().bytes() != memoryBytes) {
                throw new IOException(folder.resolve(name) + " was frozen with "
                        + function.fit().memory() + " of memory. Remove it, or name another folder.");
            }
            frozen.add(function);
        }
        return frozen;
    }

    private void freeze(List<String> names, long memoryBytes) throws IOException {
        Path work = Files.createDirectories(folder.resolve(".work"));
        DaemonConfig config =
                DaemonConfig.parse(Map.of("data", work.toAbsolutePath().toString()));
        try (FunctionFreezer freezer = FunctionFreezer.open(work, config.run(), config.software(), config.samples())) {
            for (String name : names) {
                progress.accept(name + ": booting, invoking and freezing");
                freezer.freeze(name, folder.resolve(name), memoryBytes);
            }
        }
        Files.deleteIfExists(config.run());
    }
}
