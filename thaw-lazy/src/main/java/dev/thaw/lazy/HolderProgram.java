package dev.thaw.lazy;

import dev.thaw.lazy.LazyException.Code;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The holder's program, unpacked where it can be run. */
final class HolderProgram {
    private static final String READY = "ready";

    private final Path program;

    private HolderProgram(Path program) {
        this.program = program;
    }

    static HolderProgram install(Path directory) throws LazyException {
        try {
            Files.createDirectories(directory);
            Path program = directory.resolve("lazy-holder");
            Path fresh = Files.createTempFile(directory, "lazy-holder", ".new");
            try (InputStream bytes = HolderProgram.class.getResourceAsStream("holder")) {
                if (bytes == null) {
                    throw new LazyException(
                            Code.HOST, "The holder is missing from the build: build with make and musl-gcc installed.");
                }
                Files.copy(bytes, fresh, StandardCopyOption.REPLACE_EXISTING);
                Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwx------"));
                // By renaming, so that one that is running is not written to.
                Files.move(fresh, program, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(fresh);
            }
            return new HolderProgram(program.toAbsolutePath());
        } catch (LazyException e) {
            throw e;
        } catch (IOException e) {
            throw new LazyException(Code.HOST, "The holder cannot be unpacked into " + directory + ": " + e, e);
        }
    }

    /** Runs it until it says that it is ready. */
    Process start(List<String> arguments) throws LazyException {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(arguments);
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new LazyException(Code.HOST, "The holder cannot be started: " + e.getMessage(), e);
        }
        String said = firstLine(process);
        if (!READY.equals(said)) {
            process.destroyForcibly();
            throw new LazyException(Code.HOST, said == null ? "The holder ended without a word." : said);
        }
        return process;
    }

    private static @Nullable String firstLine(Process process) throws LazyException {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            process.getOutputStream().close();
            return out.readLine();
        } catch (IOException e) {
            process.destroyForcibly();
            throw new LazyException(Code.HOST, "The holder cannot be heard: " + e.getMessage(), e);
        }
    }
}
