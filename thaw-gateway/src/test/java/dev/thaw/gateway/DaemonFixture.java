package dev.thaw.gateway;

import dev.thaw.gateway.function.Images;
import dev.thaw.gateway.function.ResolvedImage;
import dev.thaw.gateway.text.Json;
import dev.thaw.sandbox.MemoryFunction;
import dev.thaw.sandbox.MemorySandboxProvider;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** A daemon whose sandboxes are in memory and whose images are names of programs, reached over real HTTP on loopback. */
final class DaemonFixture implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    final Path data;
    final Daemon daemon;
    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final MemorySandboxProvider provider;

    DaemonFixture(Path data, Map<String, MemoryFunction> programs, Map<String, String> settings) throws IOException {
        this.data = data;
        Map<String, String> all = new HashMap<>(Map.of(
                "data",
                data.toString(),
                "listen",
                "127.0.0.1:0",
                "run",
                data.resolve("run").toString(),
                "memory",
                "8GiB"));
        all.putAll(settings);
        Path rootfs = Files.createDirectories(data).resolve("rootfs.erofs");
        Files.write(rootfs, new byte[4096]);
        Images images = (reference, progress) -> image(reference, rootfs, progress);
        provider = new MemorySandboxProvider(data.resolve("sandboxes"), programs);
        daemon = Daemon.open(
                DaemonConfig.parse(all), new Daemon.Parts(() -> provider, resources -> images), Clock.systemUTC());
    }

    private static ResolvedImage image(String reference, Path rootfs, Consumer<String> progress) throws IOException {
        progress.accept("looking the image up");
        if (reference.equals("missing")) {
            throw new IOException("There is no image 'missing'.");
        }
        return new ResolvedImage(
                Digest.of(reference.getBytes(StandardCharsets.UTF_8)),
                rootfs,
                Digest.of(Files.readAllBytes(rootfs)),
                Files.size(rootfs),
                List.of(reference),
                List.of("serve"),
                List.of("LANG=C"),
                "nobody",
                "/",
                "SIGINT");
    }

    MemorySandboxProvider provider() {
        return provider;
    }

    URI uri(String path) {
        return URI.create(daemon.address() + path);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(TIMEOUT);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    JsonNode json(HttpResponse<String> response) {
        return Json.read(response.body().getBytes(StandardCharsets.UTF_8));
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** @param more further fields, as {@code , "concurrency": 2} */
    void deploy(String name, String program, String more) throws IOException, InterruptedException {
        HttpResponse<String> response = post(
                "/api/v1/functions",
                "{\"name\": \"" + name + "\", \"image\": \"" + program + "\", \"memory_bytes\": 67108864" + more + "}");
        if (response.statusCode() != 201) {
            throw new IOException("not deployed: " + response.body());
        }
    }

    @Override
    public void close() {
        http.close();
        daemon.close();
    }
}
