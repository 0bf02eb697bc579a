package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.thaw.store.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that answers at random ends in the right image or in an error of ours. */
class RegistryFuzzLongIT {
    private static final int ROUNDS = 1500;

    @TempDir
    Path directory;

    @Test
    void neverGivesAWrongImage() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        RegistryOptions options = new RegistryOptions(
                Set.of(),
                directory.resolve("none"),
                directory.resolve("none"),
                Duration.ofSeconds(2),
                3,
                Duration.ofMillis(1),
                2,
                DataSize.ofMebibytes(1));
        int right = 0;
        try (FakeRegistry registry = new FakeRegistry();
                ImageLibrary library = ImageLibrary.open(
                        directory.resolve("library"), new SampleBuilder(directory), options, ImageLimits.DEFAULT)) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] content = new byte[20_000];
                random.nextBytes(content);
                byte[] archive = new TarBuilder().file("f", content).build();
                LayoutBuilder image = new LayoutBuilder()
                        .gzip(archive)
                        .zstd(new TarBuilder().file("g", "x").build());
                String reference = registry.serve(image);
                registry.trick((exchange, _) -> badly(exchange, registry, random));
                try {
                    RootFilesystem got = library.resolve(ImageReference.parse(reference), ProgressListener.NONE);
                    try (ErofsReader reader = new ErofsReader(got.erofs())) {
                        assertThat(Listing.of(reader).get("/f"))
                                .contains(
                                        dev.thaw.store.object.Digest.of(content).toString());
                    }
                    right++;
                } catch (ImageException e) {
                    assertThat(e).hasMessageMatching("(?s).{20,}");
                }
                registry.blobs.clear();
                registry.requests.clear();
            }
        }
        System.out.println("right " + right + " of " + ROUNDS);
        assertThat(right).isPositive();
    }

    private static boolean badly(HttpExchange exchange, FakeRegistry registry, Random shared) throws IOException {
        Random random;
        synchronized (shared) {
            random = new Random(shared.nextLong());
        }
        String path = exchange.getRequestURI().getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        byte[] body = name.startsWith("sha256:") ? registry.blobs.get(dev.thaw.store.object.Digest.parse(name)) : null;
        byte[] bytes = body == null ? "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8) : body.clone();
        switch (random.nextInt(14)) {
            case 0 -> FakeRegistry.answer(exchange, random.nextInt(200, 600), bytes);
            case 1 -> FakeRegistry.breakOff(exchange, bytes, random.nextInt(bytes.length));
            case 2 -> FakeRegistry.answer(exchange, 200, Arrays.copyOf(bytes, random.nextInt(bytes.length * 2)));
            case 3 -> {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
                FakeRegistry.answer(exchange, 200, bytes);
            }
            case 4 -> {
                String[] headers = {"Location", "WWW-Authenticate", "Content-Range"};
                String[] values = {"/", "::", "Bearer realm=", "Basic", "bytes 0-5/9", "bytes x", "http://127.0.0.1:1/"
                };
                exchange.getResponseHeaders().set(headers[random.nextInt(3)], values[random.nextInt(values.length)]);
                FakeRegistry.answer(exchange, new int[] {200, 206, 302, 401, 416}[random.nextInt(5)], bytes);
            }
            default -> {
                return false;
            }
        }
        return true;
    }
}
