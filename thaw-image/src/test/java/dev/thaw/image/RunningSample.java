package dev.thaw.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A sample's root file system in use on the host: its EROFS file below a writable overlay, its command as its user, in
 * namespaces that take every mount and process with them when they end.
 */
final class RunningSample implements AutoCloseable {
    private static final String SETUP = """
            set -e
            mount -t tmpfs tmpfs "$1"
            mkdir "$1/lower" "$1/upper" "$1/work" "$1/root"
            mount -t erofs -o loop,ro "$2" "$1/lower"
            mount -t overlay overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/root"
            mount -t proc proc "$1/root/proc"
            mount --bind /dev "$1/root/dev"
            root=$1/root
            shift 2
            exec chroot --userspec=1000:1000 "$root" "$@"
            """;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process process;
    private final Path log;
    private final int port;

    RunningSample(RootFilesystem filesystem, Path directory) throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        log = directory.resolve("sample.log");
        Path mount = Files.createDirectories(directory.resolve("root"));
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child=KILL",
                "sh",
                "-c",
                SETUP,
                "sample",
                mount.toString(),
                filesystem.erofs().toString()));
        command.addAll(filesystem.config().entrypoint());
        command.addAll(filesystem.config().cmd());
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().clear();
        for (String variable : filesystem.config().env()) {
            builder.environment()
                    .put(variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1));
        }
        // The host's programs that set the function up are found by the same path.
        builder.environment().merge("PATH", ":/usr/sbin:/sbin", String::concat);
        builder.environment().put("PORT", Integer.toString(port));
        process = builder.start();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(this::answers);
    }

    private boolean answers() throws IOException, InterruptedException {
        if (!process.isAlive()) {
            throw new AssertionError("The sample ended with " + process.exitValue() + ": " + log());
        }
        try {
            // A path that no sample has.
            return send("GET", "/none", new byte[0]).statusCode() == 404;
        } catch (java.net.ConnectException e) {
            return false;
        }
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    HttpResponse<byte[]> send(String method, String path, byte[] body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    String get(String path) throws IOException, InterruptedException {
        return new String(checked(send("GET", path, new byte[0])), UTF_8);
    }

    byte[] post(String path, byte[] body) throws IOException, InterruptedException {
        return checked(send("POST", path, body));
    }

    /** A body whose length the sample does not know beforehand. */
    byte[] stream(String path, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)))
                .build();
        return checked(client.send(request, BodyHandlers.ofByteArray()));
    }

    private static byte[] checked(HttpResponse<byte[]> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError(response + ": " + new String(response.body(), UTF_8));
        }
        if (!response.headers().firstValue("Server-Timing").orElse("").matches("app;dur=\\d+\\.\\d+")) {
            throw new AssertionError("No Server-Timing: " + response.headers().map());
        }
        return response.body();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("The sample does not end.");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        client.shutdownNow();
        // The function first: giving up root has freed it from the signal that its parent's death would send. As the
        // first
        // process of its namespace it takes all others with it.
        process.descendants().forEach(it -> {
            it.destroyForcibly();
            it.onExit().join();
        });
        process.destroyForcibly().onExit().join();
    }
}
