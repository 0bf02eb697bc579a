package dev.thaw.image;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Builds Thaw's sample functions as OCI image layouts, with the script {@code functions/build}. */
public final class SampleBuilder {
    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final int MESSAGE_LINES = 5;

    private final Path functions;

    /** @param functions the directory of the samples, which holds {@code build} */
    public SampleBuilder(Path functions) {
        this.functions = requireNonNull(functions, "functions is null");
    }

    /** The samples that there are: the directories with a recipe. */
    public List<String> names() throws IOException {
        return recipes(functions);
    }

    /** Variations of the samples, which can be built as these can: other dependencies, inputs or sources. */
    public List<String> variations() throws IOException {
        return recipes(functions.resolve("variations"));
    }

    private static List<String> recipes(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(it -> Files.isRegularFile(it.resolve("recipe")))
                    .map(it -> it.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Builds a sample or a variation, or takes it from what was built before.
     *
     * @param layout a directory that does not exist yet
     * @param log what the script says goes to this file
     */
    void build(String name, Path layout, Path log) throws IOException {
        List<String> names = names();
        if (!names.contains(name) && !variations().contains(name)) {
            throw new ImageException(
                    ImageException.Kind.NOT_FOUND,
                    "There is no sample '" + name + "'"
                            + (names.isEmpty()
                                    ? "; no samples were found in " + functions + "."
                                    : "; there are " + String.join(", ", names) + "."));
        }
        Process process = new ProcessBuilder(functions.resolve("build").toString(), name, layout.toString())
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new ImageException(
                        ImageException.Kind.SAMPLE,
                        "Building the sample '" + name + "' took longer than " + LIMIT.toMinutes()
                                + " minutes. Run functions/build " + name + " DIR to see where it stays.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException(
                    ImageException.Kind.SAMPLE, "Building the sample '" + name + "' was cancelled.", e);
        } finally {
            end(process);
        }
        if (process.exitValue() != 0) {
            List<String> lines = Files.readAllLines(log);
            throw new ImageException(
                    ImageException.Kind.SAMPLE,
                    "The sample '" + name + "' cannot be built: "
                            + String.join(
                                    " / ", lines.subList(Math.max(0, lines.size() - MESSAGE_LINES), lines.size())));
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
