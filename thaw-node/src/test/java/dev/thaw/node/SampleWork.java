package dev.thaw.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.node.RealWorkers.Answer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.imageio.ImageIO;

/** What each sample is asked for, with an input of chance and a result that is computed here by other means. */
enum SampleWork {
    HELLO_C,
    HELLO_PYTHON,
    HELLO_NODE,
    HELLO_JAVA,
    PYAES {
        @Override
        void check(Claim claim, Random random) throws Exception {
            byte[] key = bytes(random, 32);
            byte[] plain = bytes(random, 700);
            byte[] ciphertext = post(claim, "/?key=" + HexFormat.of().formatHex(key), plain);
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    new SecretKeySpec(key, "AES"),
                    new IvParameterSpec(
                            ByteBuffer.allocate(16).put(15, (byte) 1).array()));
            assertThat(cipher.doFinal(ciphertext)).isEqualTo(plain);
        }
    },
    CHAMELEON {
        @Override
        void check(Claim claim, Random random) throws Exception {
            int number = random.nextInt(1_000_000);
            String page = new String(
                    post(
                            claim,
                            "/",
                            ("{\"title\":\"n<" + number + "\",\"rows\":[[\"x & y\"," + number + "]]}").getBytes(UTF_8)),
                    UTF_8);
            assertThat(page)
                    .contains("<title>n&lt;" + number + "</title>", "<td>x &amp; y</td>", "<td>" + number + "</td>");
        }
    },
    IMAGE_ROTATE {
        @Override
        void check(Claim claim, Random random) throws Exception {
            BufferedImage picture = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < 600; i++) {
                picture.setRGB(i % 30, i / 30, random.nextInt(1 << 24));
            }
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(picture, "png", png);
            byte[] answer = post(claim, "/?degrees=90", png.toByteArray());
            BufferedImage turned = requireNonNull(ImageIO.read(new ByteArrayInputStream(answer)), "no picture");
            assertThat(turned.getWidth()).isEqualTo(20);
            for (int i = 0; i < 600; i++) {
                assertThat(turned.getRGB(i / 30, 29 - i % 30)).isEqualTo(picture.getRGB(i % 30, i / 30));
            }
        }
    },
    JSON_SERDES {
        @Override
        void check(Claim claim, Random random) throws Exception {
            int number = random.nextInt();
            byte[] answer = post(
                    claim,
                    "/",
                    "{ \"b\": [%d, null], \"a\": \"\\u00fc\" }"
                            .formatted(number)
                            .getBytes(UTF_8));
            assertThat(new String(answer, UTF_8)).isEqualTo("{\"a\":\"ü\",\"b\":[" + number + ",null]}");
        }
    };

    /** As {@code sample:NAME}. */
    String sample() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean hello() {
        return name().startsWith("HELLO");
    }

    /** Asks for work and compares the result; of the hello samples, for an echo and what was kept in memory before. */
    void check(Claim claim, Random random) throws Exception {
        byte[] noise = bytes(random, 50_000);
        assertThat(post(claim, "/echo", noise)).isEqualTo(noise);
        assertThat(RealWorkers.get(claim, "/")).startsWith("Hello from ");
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** The answer's body; it says how long the function took. */
    static byte[] post(Claim claim, String path, byte[] body) throws Exception {
        Answer answer = RealWorkers.exchange(claim, "POST", path, body);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.head()).containsPattern("(?i)server-timing: app;dur=[0-9.]+");
        return answer.body();
    }
}
