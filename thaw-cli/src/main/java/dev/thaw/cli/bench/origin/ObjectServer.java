package dev.thaw.cli.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.thaw.cli.jvm.AtExit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A real S3 server (versitygw) on the loopback interface with one bucket, its data in a folder. */
public final class ObjectServer implements AutoCloseable {
    /** The store's URL in this server. */
    public static final String STORE = "s3://thaw/bench";

    private static final String BUCKET = "thaw";
    private static final String ACCESS_KEY = "thaw-bench";
    private static final String SECRET_KEY = "thaw-bench-secret";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);

    private final Process process;
    private final int port;
    private final Path data;

    /** Ends it with this process, should that be broken off. */
    private final AtExit atExit;

    private ObjectServer(Process process, int port, Path data, AtExit atExit) {
        this.process = requireNonNull(process, "process is null");
        this.port = port;
        this.data = requireNonNull(data, "data is null");
        this.atExit = requireNonNull(atExit, "atExit is null");
    }

    /**
     * Builds the server if that has not been done on this machine, and starts it.
     *
     * @param installation the folder that has {@code scripts} and {@code tools}
     * @param folder for its data and its log
     */
    public static ObjectServer start(Path installation, Path folder) throws IOException {
        Path program = build(installation);
        int port = freePort();
        // What lies in a folder of the server's is a bucket.
        Files.createDirectories(folder.resolve("data").resolve(BUCKET));
        Path log = folder.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(
                        program.toString(),
                        "--port",
                        "127.0.0.1:" + port,
                        "posix",
                        folder.resolve("data").toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(Map.of("ROOT_ACCESS_KEY", ACCESS_KEY, "ROOT_SECRET_KEY", SECRET_KEY));
        Process process = builder.start();
        AtExit atExit = AtExit.undo("end-object-server", process::destroy);
        try {
            awaitListening(process, port, log);
            return new ObjectServer(process, port, folder.resolve("data"), atExit);
        } catch (IOException | RuntimeException e) {
            atExit.cancel();
            process.destroyForcibly();
            throw e;
        }
    }

    private static Path build(Path installation) throws IOException {
        Process build = new ProcessBuilder(List.of(
                        installation.resolve("scripts/go-tool").toString(),
                        "tools/s3",
                        "versitygw",
                        "github.com/versity/versitygw/cmd/versitygw"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String output = new String(build.getInputStream().readAllBytes(), UTF_8);
            if (build.waitFor() != 0) {
                throw new IOException(
                        "The S3 server for the benchmark cannot be built; what is missing is said above.");
            }
            return Path.of(output.strip());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the S3 server was built", e);
        } finally {
            build.destroyForcibly();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void awaitListening(Process process, int port, Path log) throws IOException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!listens(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(
                        "The S3 server does not start: " + Files.readString(log).strip());
            }
            try {
                process.waitFor(Duration.ofMillis(20));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while the S3 server started", e);
            }
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    /** How many objects of {@link #STORE} lie in folders of that name. */
    public long count(String folder) throws IOException {
        Path store = data.resolve(STORE.substring("s3://".length()));
        if (!Files.exists(store)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(store)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().contains("/" + folder + "/"))
                    .count();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** What a client's environment needs to reach the server by way of {@code endpoint}. */
    public static Map<String, String> environment(URI endpoint) {
        return Map.of(
                "AWS_ACCESS_KEY_ID",
                ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY",
                SECRET_KEY,
                "AWS_REGION",
                "us-east-1",
                "AWS_ENDPOINT_URL",
                endpoint.toString());
    }

    @Override
    public void close() {
        atExit.cancel();
        process.destroy();
        try {
            if (!process.waitFor(END_TIMEOUT)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
