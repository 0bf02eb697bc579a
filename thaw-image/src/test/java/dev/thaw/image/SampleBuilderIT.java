package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that builds the samples, from an empty cache of its own. */
class SampleBuilderIT {
    private static final Path SCRIPT =
            Path.of("../functions/build").toAbsolutePath().normalize();

    @TempDir
    Path directory;

    private Process build(String output, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        SCRIPT.toString(), "hello-c", directory.resolve(output).toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        return builder.start();
    }

    private void succeeds(Process process, Path log) throws Exception {
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    }

    @Test
    void buildsTheSameAfterAKillAndTwiceAtOnce() throws Exception {
        Path log = directory.resolve("log");
        Process killed = build("killed", log);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> Files.readString(log).contains("building the base layer"));
        killed.descendants().forEach(ProcessHandle::destroyForcibly);
        killed.destroyForcibly().waitFor();
        assertThat(directory.resolve("killed")).doesNotExist();

        Process one = build("one", log);
        Path otherLog = directory.resolve("other-log");
        Process other = build("two", otherLog);
        succeeds(one, log);
        succeeds(other, otherLog);
        Tools.run(
                "diff",
                "--recursive",
                directory.resolve("one").toString(),
                directory.resolve("two").toString());
        assertThat(directory.resolve("cache/thaw/samples/tmp")).doesNotExist();

        // From nothing once more, as on another machine: the same bytes.
        Directories.delete(directory.resolve("cache/thaw/samples/layers"));
        Directories.delete(directory.resolve("cache/thaw/samples/images"));
        succeeds(build("again", log), log);
        Tools.run(
                "diff",
                "--recursive",
                directory.resolve("one").toString(),
                directory.resolve("again").toString());
    }
}
