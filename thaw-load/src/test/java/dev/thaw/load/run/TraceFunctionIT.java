package dev.thaw.load.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.load.run.RunFixture.Row;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real trace function, compiled here, under the real loader. */
@Timeout(120)
class TraceFunctionIT {
    private static final Path FUNCTIONS =
            Path.of("../functions").toAbsolutePath().normalize();

    @TempDir
    static Path build;

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway.Init") // Set before each test.
    private Process function;

    private int port;

    @BeforeAll
    static void compile() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "cc",
                "-std=gnu17",
                "-D_GNU_SOURCE",
                "-O1",
                "-g",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-Wno-format-truncation",
                "-pthread",
                "-I",
                FUNCTIONS.resolve("hello-c").toString(),
                "-o",
                build.resolve("trace").toString()));
        Stream.of("trace/trace.c", "trace/work.c", "trace/h2.c", "trace/faas.c", "hello-c/http.c")
                .forEach(source -> command.add(FUNCTIONS.resolve(source).toString()));
        command.add("-lnghttp2");
        Process compiler = new ProcessBuilder(command).inheritIO().start();
        assertThat(compiler.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(compiler.exitValue()).isZero();
    }

    @BeforeEach
    void start() throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(build.resolve("trace").toString()).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PORT", "0");
        builder.environment().put("K_SERVICE", "it");
        function = builder.start();
        String line = function.inputReader(StandardCharsets.US_ASCII).readLine();
        Matcher matcher = Pattern.compile("listening on port (\\d+)").matcher(String.valueOf(line));
        assertThat(matcher.matches()).as(line).isTrue();
        port = Integer.parseInt(matcher.group(1));
    }

    @AfterEach
    void stop() throws InterruptedException {
        assertThat(function.isAlive()).isTrue();
        function.destroyForcibly();
        assertThat(function.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http1", "http2", "grpc"})
    void runsForTheAskedTimeAndHoldsTheAskedMemory(String protocol) throws IOException {
        String config = RunFixture.config(directory, protocol, 40)
                .replace("\"GRPCFunctionTimeoutSeconds\": 1", "\"GRPCFunctionTimeoutSeconds\": 60");
        RunFixture fixture = new RunFixture(directory, config, "http://127.0.0.1:" + port);

        fixture.run();

        assertThat(fixture.outcomes()).isEqualTo(Map.of("ok", 40L));
        for (Row row : fixture.rows()) {
            assertThat(Long.parseLong(row.get("actualDuration")))
                    .isGreaterThanOrEqualTo(Long.parseLong(row.get("requestedDuration")) - 1);
            assertThat(Long.parseLong(row.get("actualMemoryUsage"))).isBetween(95L, 102L);
            assertThat(row.get("instance")).isEqualTo("trace-func-it");
        }
        assertThat(peakKilobytes()).isGreaterThan(95 * 1024L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http1", "http2", "grpc"})
    void saysThatThereIsNotEnoughMemory(String protocol) throws IOException {
        String config = RunFixture.config(directory, protocol, 3);
        Path memory = directory.resolve("trace/memory.csv");
        Files.writeString(memory, Files.readString(memory).replaceAll(",95,.*", ",10240".repeat(8)));
        assertThat(Files.readString(memory)).contains("10240,10240");
        RunFixture fixture = new RunFixture(directory, config, "http://127.0.0.1:" + port);
        limitMemory();

        fixture.run();

        assertThat(fixture.outcomes()).isEqualTo(Map.of("memory", 3L));
    }

    @Test
    void survivesWhateverIsSent() throws IOException {
        long seed = System.nanoTime();
        System.out.println("TraceFunctionIT: seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 60; i++) {
            byte[] noise = new byte[random.nextInt(400)];
            random.nextBytes(noise);
            try (Socket socket = new Socket("127.0.0.1", port)) {
                if (i % 3 == 0) {
                    socket.getOutputStream()
                            .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } else if (i % 3 == 1) {
                    socket.getOutputStream()
                            .write("POST / HTTP/1.1\r\ncontent-length: 400\r\n\r\n{\"runtime_ms\":"
                                    .getBytes(StandardCharsets.US_ASCII));
                }
                socket.getOutputStream().write(noise);
                socket.shutdownOutput();
                socket.setSoTimeout(10_000);
                socket.getInputStream().readAllBytes();
            } catch (SocketException e) {
                // Reset: it closed while this side still wrote.
            }
        }
        RunFixture fixture = new RunFixture(
                directory, RunFixture.config(directory, "http1", 1), "http://127.0.0.1:" + port + "/?runtime_ms=1");
        fixture.run();
        assertThat(fixture.outcomes()).isEqualTo(Map.of("ok", 1L));
    }

    private void limitMemory() throws IOException {
        Process prlimit = new ProcessBuilder("prlimit", "--pid", Long.toString(function.pid()), "--as=1073741824")
                .inheritIO()
                .start();
        try {
            assertThat(prlimit.waitFor()).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long peakKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + function.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
