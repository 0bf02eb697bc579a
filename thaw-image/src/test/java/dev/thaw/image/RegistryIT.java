package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real registry on the loopback, filled by skopeo. */
class RegistryIT {
    @TempDir
    Path directory;

    private Path layout = Path.of(".");
    private byte[] archive = {};
    private SortedMap<String, String> expected = new java.util.TreeMap<>();

    @BeforeEach
    void makeImage() throws IOException {
        TreeOfAllKinds tree = new TreeOfAllKinds(new Random().nextLong());
        expected = tree.expected();
        archive = tree.archive();
        layout = new LayoutBuilder()
                .run("{\"Cmd\":[\"/app\"],\"User\":\"1000\"}")
                .gzip(archive)
                .zstd(new TarBuilder().file("added", "x".repeat(300_000)).build())
                .write(directory.resolve("layout"));
    }

    private RegistryOptions options() {
        return new RegistryOptions(
                Set.of(),
                directory.resolve("docker/config.json"),
                directory.resolve("certs.d"),
                Duration.ofSeconds(20),
                3,
                Duration.ofMillis(50),
                3,
                DataSize.ofMebibytes(64));
    }

    private RootFilesystem resolve(String reference) throws Exception {
        try (ImageLibrary library = ImageLibrary.open(
                directory.resolve("library"), new SampleBuilder(directory), options(), ImageLimits.DEFAULT)) {
            return library.resolve(ImageReference.parse(reference), ProgressListener.NONE);
        }
    }

    private void checkContents(RootFilesystem filesystem) throws IOException {
        try (ErofsReader reader = new ErofsReader(filesystem.erofs())) {
            SortedMap<String, String> listing = Listing.of(reader);
            assertThat(listing.remove("/added")).isNotNull();
            assertThat(listing).isEqualTo(expected);
        }
        assertThat(filesystem.config().user()).isEqualTo("1000");
    }

    private void push(DockerRegistry registry, String name, String... options) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("skopeo", "copy", "--preserve-digests"));
        command.addAll(List.of(options));
        command.addAll(List.of("oci:" + layout + ":latest", "docker://" + registry.host() + "/" + name));
        Tools.run(command.toArray(String[]::new));
    }

    @Test
    void fetchesByTagAndByDigestFromAPlainRegistryOnTheLoopback() throws Exception {
        try (DockerRegistry registry = new DockerRegistry(directory, "", "")) {
            push(registry, "team/app:v1", "--dest-tls-verify=false");
            RootFilesystem byTag = resolve(registry.host() + "/team/app:v1");
            checkContents(byTag);
            assertThat(byTag.imageDigest()).isEqualTo(resolve("oci:" + layout).imageDigest());
            Directories.delete(directory.resolve("library/images"));
            assertThat(resolve(registry.host() + "/team/app@" + byTag.imageDigest()))
                    .isEqualTo(byTag);
            assertThatThrownBy(() -> resolve(registry.host() + "/team/app:v2"))
                    .hasMessageContaining("has no team/app with the tag or digest v2");
            assertThatThrownBy(() -> resolve(registry.host() + "/team/other"))
                    .hasMessageContaining("Check the name, or push it.");
        }
    }

    @Test
    void sharesLayersBetweenImages() throws Exception {
        try (DockerRegistry registry = new DockerRegistry(directory, "", "")) {
            push(registry, "one", "--dest-tls-verify=false");
            RootFilesystem one = resolve(registry.host() + "/one");
            Path blobs = directory.resolve("library/blobs");
            long before = Tools.size(blobs);
            assertThat(before).isPositive();
            Directories.delete(directory.resolve("library/images"));
            // A byte has gone wrong on the disk since.
            Path largest = Tools.largest(blobs);
            byte[] bytes = Files.readAllBytes(largest);
            bytes[bytes.length / 2] ^= 1;
            Files.write(largest, bytes);
            assertThat(resolve(registry.host() + "/one")).isEqualTo(one);
            assertThat(Tools.size(blobs)).isEqualTo(before);
        }
    }

    @Test
    void logsInOverTlsWithTheCertificatesAndCredentialsOfDocker() throws Exception {
        Tools.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=127.0.0.1",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                directory.resolve("key.pem").toString(),
                "-out",
                directory.resolve("cert.pem").toString());
        Files.writeString(
                directory.resolve("htpasswd"),
                "ann:" + Tools.run("perl", "-e", "print crypt(q(secret words), q($2b$05$abcdefghijklmnopqrstuu))"));
        String tls = "  tls: {certificate: " + directory.resolve("cert.pem") + ", key: " + directory.resolve("key.pem")
                + "}";
        String auth = "auth: {htpasswd: {realm: thaw, path: " + directory.resolve("htpasswd") + "}}";
        try (DockerRegistry registry = new DockerRegistry(directory, tls, auth)) {
            push(registry, "app", "--dest-tls-verify=false", "--dest-creds", "ann:secret words");
            String reference = registry.host() + "/app";
            assertThatThrownBy(() -> resolve(reference)).hasMessageContaining("PKIX path building failed");
            Path trusted = Files.createDirectories(directory.resolve("certs.d").resolve(registry.host()));
            Files.copy(directory.resolve("cert.pem"), trusted.resolve("ca.crt"));
            assertThatThrownBy(() -> resolve(reference)).hasMessageContaining("docker login " + registry.host());

            Files.createDirectories(directory.resolve("docker"));
            Path config = directory.resolve("docker/config.json");
            Files.writeString(
                    config, "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + base64("ann:wrong") + "\"}}}");
            assertThatThrownBy(() -> resolve(reference)).hasMessageContaining("refuses");
            Files.writeString(
                    config,
                    "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + base64("ann:secret words") + "\"}}}");
            checkContents(resolve(reference));
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsWhatSkopeoWritesAsADockerArchive() throws Exception {
        // Docker's own form knows no zstd.
        byte[] upper = new TarBuilder().file("added", "y").build();
        layout = new LayoutBuilder()
                .run("{\"User\":\"1000\"}")
                .gzip(archive)
                .gzip(upper)
                .write(directory.resolve("gzip"));
        Path file = directory.resolve("image.tar");
        Tools.run("skopeo", "copy", "oci:" + layout + ":latest", "docker-archive:" + file + ":team/app:v1");
        RootFilesystem plain = resolve("docker-archive:" + file);
        checkContents(plain);
        Tools.run("gzip", file.toString());
        Directories.delete(directory.resolve("library/images"));
        assertThat(resolve("docker-archive:" + file + ".gz").contentDigest()).isEqualTo(plain.contentDigest());
        assertThat(plain.contentDigest()).isEqualTo(resolve("oci:" + layout).contentDigest());
    }
}
