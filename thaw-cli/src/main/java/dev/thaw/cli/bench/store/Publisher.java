package dev.thaw.cli.bench.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.jvm.JavaCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A program that takes files into a store, as its users start it.
 *
 * @param prepare makes an empty store; not measured
 * @param publish the measured command
 */
record Publisher(String name, List<List<String>> prepare, List<String> publish, Map<String, String> environment) {
    Publisher {
        requireNonNull(name, "name is null");
        prepare = List.copyOf(prepare);
        publish = List.copyOf(publish);
        environment = Map.copyOf(environment);
    }

    /**
     * This product's.
     *
     * @param store an empty folder, as for all of these
     */
    static Publisher thaw(Path store, List<Path> functions) {
        List<String> command = JavaCommand.begin();
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                PublishMain.class.getName(),
                store.toString(),
                "default"));
        functions.forEach(folder -> command.add(folder.toString()));
        return new Publisher("thaw", List.of(), command, Map.of());
    }

    /** With its own defaults, which compress; its cache is as fresh as its repository. */
    static Publisher restic(Path store, List<Path> functions) {
        Map<String, String> environment = Map.of(
                "RESTIC_REPOSITORY", store.resolve("repository").toString(),
                "RESTIC_CACHE_DIR", store.resolve("cache").toString(),
                "RESTIC_PASSWORD", "bench");
        List<String> command = new ArrayList<>(List.of("restic", "backup", "--quiet"));
        functions.forEach(folder -> command.add(folder.toString()));
        return new Publisher("restic", List.of(List.of("restic", "init", "--quiet")), command, environment);
    }

    /**
     * With zstd, which is the fastest that it has.
     *
     * @param tree a folder that holds the functions and nothing else
     */
    static Publisher casync(Path store, Path tree) {
        return new Publisher(
                "casync",
                List.of(),
                List.of(
                        "casync",
                        "make",
                        "--compression=zstd",
                        "--store=" + store.resolve("chunks"),
                        store.resolve("functions.caidx").toString(),
                        tree.toString()),
                Map.of());
    }
}
