package dev.thaw.kubernetes.extender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The extender over TLS, with certificates that the JDK's keytool makes. */
class ReloadingTlsTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    private Path folder;

    private Path certificate;
    private Path key;

    /** What a client trusts, and what the server is given. */
    private record Identity(KeyStore trusted, String certificate, String key) {}

    @BeforeEach
    void names() {
        certificate = folder.resolve("tls.crt");
        key = folder.resolve("tls.key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void servesAndTakesARenewedCertificate(String algorithm) throws Exception {
        Identity first = make("first", algorithm);
        Identity second = make("second", algorithm);
        Files.writeString(certificate, first.certificate());
        Files.writeString(key, first.key());
        try (ExtenderServer server = serve()) {
            assertThat(get(server, first)).isEqualTo(200);
            assertThatThrownBy(() -> get(server, second)).isInstanceOf(IOException.class);
            // One file after the other: in between, the two do not belong together.
            renew(certificate, second.certificate(), 1);
            assertThat(get(server, first)).isEqualTo(200);
            renew(key, second.key(), 2);
            assertThat(get(server, second)).isEqualTo(200);
            assertThatThrownBy(() -> get(server, first)).isInstanceOf(IOException.class);
            renew(certificate, "garbage", 3);
            assertThat(get(server, second)).isEqualTo(200);
        }
    }

    @Test
    void refusesAKeyOfAnotherCertificate() throws Exception {
        Files.writeString(certificate, make("one", "EC").certificate());
        Files.writeString(key, make("other", "EC").key());
        assertThatThrownBy(this::serve).isInstanceOf(IOException.class).hasMessageContaining("is not the key of");
    }

    @Test
    void saysWhatIsWrongWithAFile() throws Exception {
        Files.writeString(certificate, make("one", "EC").certificate());
        Files.writeString(key, "-----BEGIN RSA PRIVATE KEY-----");
        assertThatThrownBy(this::serve).hasMessageContaining("PKCS #8");
    }

    private ExtenderServer serve() throws IOException {
        SnapshotIndex index = new SnapshotIndex(Duration.ofMinutes(2), System::nanoTime, Instant::now);
        ExtenderConfig config = ExtenderConfig.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return new ExtenderServer(
                config.address(),
                Optional.of(ReloadingTls.context(certificate, key)),
                HttpListener.Limits.DEFAULT,
                new Prioritizer(index, new Decider(index, config), config.identity(), 1 << 20),
                new ExtenderMetrics(index),
                () -> true,
                work -> {});
    }

    /** Times of files may be coarse; this one is told. */
    private static void renew(Path file, String text, int seconds) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(seconds)));
    }

    private static int get(ExtenderServer server, Identity trusted) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted.trusted());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("https://127.0.0.1:"
                                            + server.address().getPort() + "/healthz"))
                                    .timeout(Duration.ofSeconds(20))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private Identity make(String name, String algorithm) throws Exception {
        Path file = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        algorithm,
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS) ? keytool.exitValue() : -1)
                .as(said)
                .isZero();
        KeyStore made = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            made.load(in, PASSWORD);
        }
        Certificate own = made.getCertificate("it");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("it", own);
        return new Identity(
                trusted,
                pem("CERTIFICATE", own.getEncoded()),
                pem("PRIVATE KEY", made.getKey("it", PASSWORD).getEncoded()));
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + what
                + "-----\n";
    }
}
