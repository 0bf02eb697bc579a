package dev.thaw.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.thaw.store.DataSize;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registries that fail, lie, stall or send elsewhere. */
class RegistrySourceTest {
    @TempDir
    Path directory;

    private FakeRegistry registry = new FakeRegistry();
    private final byte[] layer = LayoutBuilder.gzipped(archive());
    private String reference = "";

    RegistrySourceTest() throws IOException {}

    private static byte[] archive() {
        byte[] content = new byte[300_000];
        new Random(9).nextBytes(content);
        return new TarBuilder().file("content", content).build();
    }

    @BeforeEach
    void serve() {
        reference = registry.serve(new LayoutBuilder().layer(layer, archive()));
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private RootFilesystem resolve(String image) throws Exception {
        RegistryOptions options = new RegistryOptions(
                Set.of(),
                directory.resolve("config.json"),
                directory.resolve("certs.d"),
                Duration.ofMillis(700),
                3,
                Duration.ofMillis(1),
                2,
                DataSize.ofMebibytes(1));
        try (ImageLibrary library = ImageLibrary.open(
                directory.resolve("library"), new SampleBuilder(directory), options, ImageLimits.DEFAULT)) {
            return library.resolve(ImageReference.parse(image), ProgressListener.NONE);
        }
    }

    private void fails(String image, ImageException.Kind kind, String message) throws IOException {
        assertThatThrownBy(() -> resolve(image))
                .isInstanceOfSatisfying(
                        ImageException.class, it -> assertThat(it.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
        assertThat(directory.resolve("library/images")).isEmptyDirectory();
        assertThat(directory.resolve("library/work")).isEmptyDirectory();
        try (Stream<Path> blobs = Files.list(directory.resolve("library/blobs"))) {
            for (Path blob :
                    blobs.filter(it -> !it.toString().endsWith(".part")).toList()) {
                assertThat(Digest.of(Files.readAllBytes(blob)).hex())
                        .isEqualTo(blob.getFileName().toString());
            }
        }
    }

    private static boolean isBlob(HttpExchange exchange, byte[] blob) {
        return exchange.getRequestURI().getPath().endsWith("/blobs/" + Digest.of(blob));
    }

    private List<String> blobRequests() {
        return registry.requests.stream()
                .filter(it -> it.contains(Digest.of(layer).toString()))
                .map(it -> it.replaceFirst("^\\S+\\s*", ""))
                .toList();
    }

    @Test
    void goesOnWhereATransferBrokeOff() throws Exception {
        registry.trick((exchange, number) ->
                isBlob(exchange, layer) && number == 1 && FakeRegistry.breakOff(exchange, layer, 200_000));
        resolve(reference);
        assertThat(blobRequests()).hasSize(2);
        assertThat(blobRequests().getFirst()).isEmpty();
        assertThat(blobRequests().getLast()).matches("bytes=\\d{5,6}-");
    }

    @Test
    void beginsAgainWhereARegistryKnowsNoRanges() throws Exception {
        registry.trick((exchange, number) -> isBlob(exchange, layer)
                && (number == 1
                        ? FakeRegistry.breakOff(exchange, layer, 200_000)
                        : FakeRegistry.answer(exchange, 200, layer)));
        resolve(reference);
        assertThat(blobRequests()).hasSize(2);
    }

    @Test
    void beginsAgainWhereARegistrySendsAnotherRange() throws Exception {
        registry.trick((exchange, number) -> {
            if (!isBlob(exchange, layer) || number > 2) {
                return false;
            }
            if (number == 1) {
                return FakeRegistry.breakOff(exchange, layer, 200_000);
            }
            exchange.getResponseHeaders().set("Content-Range", "bytes 5-9/20");
            return FakeRegistry.answer(exchange, 206, new byte[5]);
        });
        resolve(reference);
        assertThat(blobRequests()).hasSize(3).last().isEqualTo("");
    }

    @Test
    void givesUpOnATransferThatStalls() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        registry.trick((exchange, number) -> {
            if (!isBlob(exchange, layer) || number > 1) {
                return false;
            }
            exchange.sendResponseHeaders(200, layer.length);
            exchange.getResponseBody().write(layer, 0, 1000);
            exchange.getResponseBody().flush();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        });
        resolve(reference);
        end.countDown();
        assertThat(blobRequests()).hasSize(2);
    }

    @Test
    void asksAgainWhereARegistryIsOverloaded() throws Exception {
        registry.trick((exchange, number) ->
                number < 3 && FakeRegistry.answer(exchange, number == 1 ? 503 : 429, new byte[0]));
        resolve(reference);
    }

    @Test
    void saysSoWhereARegistryStaysOverloaded() throws Exception {
        registry.trick((exchange, _) -> FakeRegistry.answer(exchange, 500, new byte[0]));
        fails(reference, ImageException.Kind.UNREACHABLE, "answers 500 for app/manifests/v1. Tried 3 times.");
    }

    @Test
    void doesNotAskAgainWhereAnAnswerIsFinal() throws Exception {
        registry.trick((exchange, _) -> FakeRegistry.answer(exchange, 418, new byte[0]));
        fails(reference, ImageException.Kind.UNREACHABLE, "answers 418");
        assertThat(registry.requests.stream().filter(it -> it.contains("manifests")))
                .hasSize(1);
    }

    @Test
    void saysSoWhereNobodyListens() throws Exception {
        String host = registry.host();
        registry.close();
        fails(host + "/app:v1", ImageException.Kind.UNREACHABLE, "ConnectException");
        registry = new FakeRegistry();
    }

    @Test
    void doesNotBelieveWrongBytes() throws Exception {
        byte[] wrong = layer.clone();
        wrong[1000] ^= 1;
        registry.trick((exchange, _) -> isBlob(exchange, layer) && FakeRegistry.answer(exchange, 200, wrong));
        fails(reference, ImageException.Kind.CORRUPT, "sends a blob with the digest " + Digest.of(wrong));
        registry.trick((exchange, _) ->
                isBlob(exchange, layer) && FakeRegistry.answer(exchange, 200, Arrays.copyOf(layer, layer.length + 1)));
        fails(reference, ImageException.Kind.CORRUPT, "sends more than the " + layer.length + " bytes");
        registry.trick((exchange, _) ->
                isBlob(exchange, layer) && FakeRegistry.answer(exchange, 200, Arrays.copyOf(layer, 100)));
        fails(reference, ImageException.Kind.UNREACHABLE, "of " + layer.length + " bytes");
        registry.trick((_, _) -> false);
        resolve(reference);
    }

    @Test
    void doesNotBelieveAnotherManifest() throws Exception {
        Digest other = Digest.of("other".getBytes(UTF_8));
        registry.trick((exchange, _) -> exchange.getRequestURI().getPath().contains("manifests")
                && FakeRegistry.answer(exchange, 200, "{}".getBytes(UTF_8)));
        fails(registry.host() + "/app@" + other, ImageException.Kind.CORRUPT, "sends a manifest with the digest");
        fails(reference, ImageException.Kind.UNSUPPORTED, "of an unknown form");
        registry.trick((exchange, _) -> FakeRegistry.answer(exchange, 200, new byte[(4 << 20) + 1]));
        fails(reference, ImageException.Kind.TOO_LARGE, "more than 4194304 bytes");
    }

    @Test
    void showsItsProofToTheRegistryAndNotToItsStorage() throws Exception {
        Files.writeString(
                directory.resolve("config.json"),
                "{\"auths\":{\"" + registry.host() + "\":{\"username\":\"ann\",\"password\":\"secret\"}}}");
        List<String> shown = new CopyOnWriteArrayList<>();
        try (FakeRegistry storage = new FakeRegistry()) {
            storage.blobs.putAll(registry.blobs);
            storage.trick((exchange, _) -> {
                shown.add("storage " + exchange.getRequestHeaders().getFirst("Authorization"));
                return false;
            });
            registry.trick((exchange, _) -> {
                String proof = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
                String path = exchange.getRequestURI().getPath();
                if (path.equals("/token")) {
                    shown.add(proof + " " + exchange.getRequestURI().getQuery());
                    return FakeRegistry.answer(exchange, 200, "{\"token\":\"t0ken\"}".getBytes(UTF_8));
                }
                if (!proof.equals("Bearer t0ken")) {
                    exchange.getResponseHeaders()
                            .set(
                                    "WWW-Authenticate",
                                    "Bearer realm=\"http://" + registry.host()
                                            + "/token\",service=\"fake\",scope=\"repository:app:pull\"");
                    return FakeRegistry.answer(exchange, 401, new byte[0]);
                }
                if (isBlob(exchange, layer)) {
                    exchange.getResponseHeaders().set("Location", "http://" + storage.host() + path);
                    return FakeRegistry.answer(exchange, 307, new byte[0]);
                }
                return false;
            });
            resolve(reference);
        }
        // "ann:secret"
        assertThat(shown)
                .containsExactly("Basic YW5uOnNlY3JldA== scope=repository:app:pull&service=fake", "storage null");
    }

    @Test
    void buysATokenWithAnIdentityToken() throws Exception {
        Files.writeString(
                directory.resolve("config.json"),
                "{\"auths\":{\"" + registry.host() + "\":{\"identitytoken\":\"long lived\"}}}");
        List<String> shown = new CopyOnWriteArrayList<>();
        registry.trick((exchange, _) -> {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                shown.add(exchange.getRequestMethod() + " "
                        + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
                return FakeRegistry.answer(exchange, 200, "{\"access_token\":\"bought\"}".getBytes(UTF_8));
            }
            if (!"Bearer bought".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders()
                        .set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\",service=s");
                return FakeRegistry.answer(exchange, 401, new byte[0]);
            }
            return false;
        });
        resolve(reference);
        assertThat(shown)
                .hasSize(1)
                .first()
                .asString()
                .startsWith("POST client_id=thaw&grant_type=refresh_token&refresh_token=long+lived&scope=")
                .endsWith("&service=s");
    }

    @Test
    void tellsWhoIsRefusedToLogIn() throws Exception {
        registry.trick((exchange, _) -> FakeRegistry.answer(exchange, 403, new byte[0]));
        fails(reference, ImageException.Kind.DENIED, "docker login " + registry.host());
        registry.trick((exchange, _) -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"ftp://x/\"");
            return FakeRegistry.answer(exchange, 401, new byte[0]);
        });
        fails(reference, ImageException.Kind.DENIED, "'ftp://x/', which is no https address");
    }

    @Test
    void followsRedirectsOnlySoFar() throws Exception {
        registry.trick((exchange, _) -> {
            exchange.getResponseHeaders()
                    .set("Location", exchange.getRequestURI().getPath());
            return FakeRegistry.answer(exchange, 307, new byte[0]);
        });
        fails(reference, ImageException.Kind.UNREACHABLE, "redirects more than 5 times");
        registry.trick((exchange, _) -> {
            exchange.getResponseHeaders().set("Location", "file:///etc/passwd");
            return FakeRegistry.answer(exchange, 307, new byte[0]);
        });
        fails(reference, ImageException.Kind.UNREACHABLE, "redirects to where TLS would be lost");
    }

    @Test
    void keepsBlobsWithinTheBound() throws Exception {
        for (int i = 0; i < 6; i++) {
            byte[] content = new byte[400_000];
            new Random(i).nextBytes(content);
            resolve(registry.serve(new LayoutBuilder()
                    .layer(new TarBuilder().file("f", content).build())));
        }
        assertThat(Tools.size(directory.resolve("library/blobs"))).isBetween(400_000L, 1L << 20);
    }
}
