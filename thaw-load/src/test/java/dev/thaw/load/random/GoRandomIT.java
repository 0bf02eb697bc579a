package dev.thaw.load.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same draws from a real Go program, compiled here. Where Go is absent, the recorded digests of {@link GoRandomTest} stand for it. */
class GoRandomIT {
    @Test
    void drawsWhatGoDraws(@TempDir Path directory) throws Exception {
        Optional<Path> go = findGo();
        assumeTrue(go.isPresent(), "no Go compiler");
        long random = System.nanoTime();
        System.out.println("GoRandomIT: seed " + random);
        List<String> seeds = List.of("0", "42", "123456789", Long.toString(random), Long.toString(-random));

        List<String> command = new ArrayList<>(List.of(go.get().toString(), "run", "digests.go"));
        command.addAll(seeds);
        Files.copy(Path.of("src/test/resources/go/digests.go"), directory.resolve("digests.go"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(directory.resolve("out").toFile());
        builder.environment().put("GOCACHE", directory.resolve("cache").toString());
        builder.environment().put("GOFLAGS", "-p=1");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }

        List<String> expected = Files.readAllLines(directory.resolve("out"), StandardCharsets.UTF_8);
        assertThat(seeds.stream().map(Long::parseLong).map(RandomDigest::line)).isEqualTo(expected);
    }

    private static Optional<Path> findGo() throws IOException {
        Stream<Path> onPath =
                Stream.of(System.getenv().getOrDefault("PATH", "").split(":")).map(Path::of);
        return Stream.concat(onPath, Stream.of(Path.of("/usr/local/go/bin")))
                .map(directory -> directory.resolve("go"))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
