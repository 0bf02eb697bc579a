package dev.thaw.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every sample does its work from the root file system that its image becomes. */
class SamplesIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path FUNCTIONS =
            Path.of("../functions").toAbsolutePath().normalize();

    @TempDir
    Path directory;

    private RunningSample start(String name) throws Exception {
        try (ImageLibrary library =
                ImageLibrary.open(directory.resolve("library"), new SampleBuilder(FUNCTIONS), ImageLimits.DEFAULT)) {
            return new RunningSample(
                    library.resolve(ImageReference.parse("sample:" + name), ProgressListener.NONE), directory);
        }
    }

    private static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"hello-c,C", "hello-python,Python", "hello-node,Node", "hello-java,Java"})
    void theHelloSamplesAnswerAlike(String name, String language) throws Exception {
        try (RunningSample sample = start(name)) {
            assertThat(sample.get("/")).isEqualTo("Hello from " + language + "\n");
            assertThat(sample.post("/", noise(100))).asString().isEqualTo("Hello from " + language + "\n");
            for (int size : new int[] {0, 1, 5000, 3 << 20}) {
                assertThat(sample.post("/echo", noise(size))).isEqualTo(noise(size));
                assertThat(sample.stream("/echo", noise(size))).isEqualTo(noise(size));
            }
            sample.post("/state", "kept".getBytes(UTF_8));
            assertThat(sample.get("/state")).isEqualTo("kept");
            assertThat(sample.send("POST", "/state", noise((1 << 20) + 1)).statusCode())
                    .isEqualTo(413);
            assertThat(sample.get("/state")).isEqualTo("kept");
            sample.post("/file?name=a.txt", noise(200_000));
            assertThat(sample.send("GET", "/file?name=a.txt", new byte[0]).body())
                    .isEqualTo(noise(200_000));
            assertThat(sample.send("GET", "/file?name=b.txt", new byte[0]).statusCode())
                    .isEqualTo(404);
            assertThat(sample.send("GET", "/file?name=..%2Fx", new byte[0]).statusCode())
                    .isEqualTo(400);
            assertThat(sample.get("/sleep?ms=5")).isEqualTo("slept\n");
            assertThat(sample.send("GET", "/sleep?ms=-1", new byte[0]).statusCode())
                    .isEqualTo(400);
            checkIdentity(JSON.readTree(sample.get("/identity")), JSON.readTree(sample.get("/identity")));
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> sample.get("/crash")))
                    .isInstanceOf(IOException.class);
            assertThat(sample.exitCode()).isEqualTo(3);
            assertThat(sample.log()).contains("listening on port");
        }
    }

    private static void checkIdentity(JsonNode one, JsonNode other) {
        assertThat(UUID.fromString(one.get("uuid").asString()).version()).isEqualTo(4);
        assertThat(HexFormat.of().parseHex(one.get("random").asString())).hasSize(32);
        assertThat(one.get("uuid")).isNotEqualTo(other.get("uuid"));
        assertThat(one.get("random")).isNotEqualTo(other.get("random"));
        assertThat(one.get("hostname").asString()).isNotEmpty();
        assertThat(one.get("boot_id").asString()).hasSize(36);
        assertThat(one.has("machine_id")).isTrue();
        Instant clock = Instant.ofEpochSecond(0, one.get("clock_ns").asLong());
        assertThat(Duration.between(clock, Instant.now()).abs()).isLessThan(Duration.ofMinutes(5));
    }

    @Test
    void pyaesEncryptsAsTheJdkDecrypts() throws Exception {
        try (RunningSample sample = start("pyaes")) {
            byte[] key = noise(32);
            byte[] ciphertext = sample.post("/?key=" + HexFormat.of().formatHex(key), noise(3000));
            assertThat(decrypt(key, ciphertext)).isEqualTo(noise(3000));
            JsonNode own = JSON.readTree(sample.get("/?length=500&rounds=2"));
            byte[] ownKey = HexFormat.of().parseHex(own.get("key").asString());
            assertThat(decrypt(
                            ownKey,
                            HexFormat.of().parseHex(own.get("ciphertext").asString())))
                    .hasSize(500)
                    .startsWith("The quick brown fox".getBytes(UTF_8));
            assertThat(sample.send("POST", "/?key=ff", noise(1)).statusCode()).isEqualTo(400);
        }
    }

    private static byte[] decrypt(byte[] key, byte[] ciphertext) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        byte[] counter = ByteBuffer.allocate(16).put(15, (byte) 1).array();
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(counter));
        return cipher.doFinal(ciphertext);
    }

    @Test
    void chameleonRendersTables() throws Exception {
        try (RunningSample sample = start("chameleon")) {
            String page = sample.get("/?rows=3&columns=2").replaceAll("\\s+", "");
            assertThat(page)
                    .contains(
                            "<table><tr><td>0</td><td>1</td></tr><tr><td>2</td><td>3</td></tr><tr><td>4</td><td>5</td></tr></table>");
            String posted =
                    new String(sample.post("/", "{\"title\":\"a<b\",\"rows\":[[\"x & y\",1]]}".getBytes(UTF_8)), UTF_8);
            assertThat(posted)
                    .contains("<title>a&lt;b</title>")
                    .contains("<td>x &amp; y</td>")
                    .contains("<td>1</td>");
            assertThat(sample.send("POST", "/", "{}".getBytes(UTF_8)).statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void imageRotateTurnsPictures() throws Exception {
        try (RunningSample sample = start("image-rotate")) {
            BufferedImage picture = new BufferedImage(40, 25, BufferedImage.TYPE_INT_RGB);
            Random random = new Random(5);
            for (int x = 0; x < 40; x++) {
                for (int y = 0; y < 25; y++) {
                    picture.setRGB(x, y, random.nextInt(1 << 24));
                }
            }
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(picture, "png", png);
            BufferedImage turned = read(sample.post("/?degrees=90", png.toByteArray()));
            assertThat(turned.getWidth()).isEqualTo(25);
            for (int x = 0; x < 40; x++) {
                for (int y = 0; y < 25; y++) {
                    assertThat(turned.getRGB(y, 39 - x)).isEqualTo(picture.getRGB(x, y));
                }
            }
            BufferedImage own = read(sample.send("GET", "/", new byte[0]).body());
            assertThat(own.getWidth()).isEqualTo(1200);
            assertThat(own.getHeight()).isEqualTo(1600);
            assertThat(sample.send("POST", "/", "no picture".getBytes(UTF_8)).statusCode())
                    .isEqualTo(400);
            assertThat(sample.send("GET", "/?degrees=45", new byte[0]).statusCode())
                    .isEqualTo(400);
        }
    }

    private static BufferedImage read(byte[] bytes) throws IOException {
        return java.util.Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(bytes)), "no picture");
    }

    @Test
    void jsonSerdesReadsAndWrites() throws Exception {
        try (RunningSample sample = start("json-serdes")) {
            byte[] canonical =
                    sample.post("/", "{ \"b\": [1, 2.50, null, true], \"a\": {\"ü\": \"\\u00fc\"} }".getBytes(UTF_8));
            assertThat(new String(canonical, UTF_8)).isEqualTo("{\"a\":{\"ü\":\"ü\"},\"b\":[1,2.5,null,true]}");
            JsonNode own = JSON.readTree(sample.get("/"));
            assertThat(own.get("orders").asInt()).isEqualTo(2000);
            assertThat(own.get("totals").size()).isEqualTo(16);
            assertThat(own.get("totals").get(0).get("cents").asLong())
                    .isGreaterThan(own.get("totals").get(15).get("cents").asLong());
            assertThat(sample.send("POST", "/", "{".getBytes(UTF_8)).statusCode())
                    .isEqualTo(400);
        }
    }
}
