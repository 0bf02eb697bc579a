package dev.thaw.store.object;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs that tests need and that {@code scripts/go-tool} builds from pinned Go modules in this repository. */
public final class GoTool {
    private static final String SCRIPT = "scripts/go-tool";

    private final String folder;

    /** @param folder of the module, from the repository's root */
    public GoTool(String folder) {
        this.folder = folder;
    }

    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve(SCRIPT))) {
            at = at.getParent();
            if (at == null) {
                throw new IllegalStateException("There is no " + SCRIPT + " above the working directory.");
            }
        }
        return at;
    }

    /** The program, built if it is not there yet. */
    public Path build(String name, String goPackage) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(root().resolve(SCRIPT).toString(), folder, name, goPackage)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("Could not build " + goPackage + "; what it said is above.");
            }
            return Path.of(output.strip());
        } finally {
            process.destroyForcibly();
        }
    }
}
