package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.image.ProgressListener.Progress;
import dev.thaw.image.ProgressListener.Stage;
import dev.thaw.store.object.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageLibraryTest {
    @TempDir
    Path directory;

    private ImageLibrary open() throws IOException {
        return ImageLibrary.open(
                directory.resolve("library"), new SampleBuilder(directory.resolve("none")), ImageLimits.DEFAULT);
    }

    private RootFilesystem resolve(String reference) throws Exception {
        try (ImageLibrary library = open()) {
            return library.resolve(ImageReference.parse(reference), ProgressListener.NONE);
        }
    }

    private static SortedMap<String, String> listing(RootFilesystem filesystem) throws IOException {
        try (ErofsReader reader = new ErofsReader(filesystem.erofs())) {
            return Listing.of(reader);
        }
    }

    @Test
    void flattensALayoutAndKeepsItWithoutItsSource() throws Exception {
        LayoutBuilder layout = new LayoutBuilder()
                .run("""
                        {"Entrypoint":["/app"],"Cmd":["-v"],"Env":["A=b","C=d=e"],"User":"app:staff","WorkingDir":"srv",
                        "StopSignal":"SIGQUIT","ExposedPorts":{"80/tcp":{},"53/udp":{},"9000":{}}}""")
                .layer(new TarBuilder().file("app", "one").build())
                .gzip(new TarBuilder().file("lib", "two").build())
                .zstd(new TarBuilder().file("doc", "three").build());
        Digest digest = Digest.of(layout.manifest());
        Path source = layout.write(directory.resolve("layout"));
        RootFilesystem made = resolve("oci:" + source);
        assertThat(made.imageDigest()).isEqualTo(digest);
        assertThat(listing(made)).containsOnlyKeys("/", "/app", "/lib", "/doc");
        ImageConfig config = made.config();
        assertThat(config.entrypoint()).containsExactly("/app");
        assertThat(config.cmd()).containsExactly("-v");
        assertThat(config.env()).containsExactly("A=b", "C=d=e");
        assertThat(config.user()).isEqualTo("app:staff");
        assertThat(config.workingDir()).isEqualTo("/srv");
        assertThat(config.stopSignal()).isEqualTo("SIGQUIT");
        assertThat(config.exposedPorts()).containsExactly(80, 9000);

        Directories.delete(source);
        try (ImageLibrary reopened = open()) {
            assertThat(reopened.find(made.imageDigest())).contains(made);
        }
    }

    @Test
    void equalLayersGiveEqualFileSystemsHoweverTheyAreStored() throws Exception {
        byte[] archive = new TarBuilder().file("a", "x".repeat(5000)).build();
        RootFilesystem plain =
                resolve("oci:" + new LayoutBuilder().layer(archive).write(directory.resolve("plain")));
        RootFilesystem gzip = resolve("oci:" + new LayoutBuilder().gzip(archive).write(directory.resolve("gzip")));
        assertThat(gzip.imageDigest()).isNotEqualTo(plain.imageDigest());
        assertThat(gzip.contentDigest()).isEqualTo(plain.contentDigest());
    }

    @Test
    void readsAllMembersOfACompressedLayer() throws Exception {
        byte[] archive = new TarBuilder().file("a", "1").file("b", "2").build();
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        for (int at = 0; at < archive.length; at += 700) {
            byte[] part = java.util.Arrays.copyOfRange(archive, at, Math.min(archive.length, at + 700));
            members.writeBytes(LayoutBuilder.gzipped(part));
        }
        Path source = new LayoutBuilder().layer(members.toByteArray(), archive).write(directory.resolve("layout"));
        assertThat(listing(resolve("oci:" + source))).containsOnlyKeys("/", "/a", "/b");
    }

    @Test
    void choosesByTagAndByPlatform() throws Exception {
        LayoutBuilder layout = new LayoutBuilder();
        layout.layer(new TarBuilder().file("first", "").build()).image("v1");
        layout.layer(new TarBuilder().file("second", "").build()).image("v2");
        Path source = layout.write(directory.resolve("tags"));
        assertThat(listing(resolve("oci:" + source + ":v2"))).containsKey("/second");
        assertThatThrownBy(() -> resolve("oci:" + source))
                .hasMessageContaining("write oci:" + source + ":TAG with one of v1, v2");
        assertThatThrownBy(() -> resolve("oci:" + source + ":v3"))
                .hasMessageContaining("has no tag 'v3'")
                .hasMessageContaining("v1, v2");

        LayoutBuilder platforms = new LayoutBuilder();
        platforms
                .platform("linux", "s390x")
                .layer(new TarBuilder().file("other", "").build())
                .image("x");
        platforms
                .platform("linux", Platform.host().architecture())
                .layer(new TarBuilder().file("ours", "").build())
                .image("x");
        byte[] inner = platforms.index();
        byte[] outer = ("{\"schemaVersion\":2,\"manifests\":[{" + platforms.descriptor(LayoutBuilder.INDEX, inner)
                        + "}]}")
                .getBytes(StandardCharsets.UTF_8);
        Path nested = platforms.write(directory.resolve("platforms"), outer);
        assertThat(listing(resolve("oci:" + nested))).containsKey("/ours");
    }

    @Test
    void namesThePlatformsThatThereAre() {
        Path source = new LayoutBuilder()
                .platform("linux", "s390x")
                .layer(new TarBuilder().build())
                .write(directory.resolve("layout"));
        assertThatThrownBy(() -> resolve("oci:" + source)).hasMessageContaining("only for linux/s390x");
    }

    @Test
    void startsWithoutWhatACrashLeft() throws Exception {
        Path source = new LayoutBuilder()
                .layer(new TarBuilder().file("a", "1").build())
                .write(directory.resolve("layout"));
        RootFilesystem made = resolve("oci:" + source);
        Path work = directory.resolve("library/work");
        Files.createDirectories(work.resolve("flatten123/image"));
        Files.writeString(work.resolve("flatten123/spool"), "half");
        // An image whose record never reached the disk, as after a power cut.
        Files.write(made.erofs().resolveSibling("image.json"), new byte[0]);
        try (ImageLibrary library = open()) {
            assertThat(work).isEmptyDirectory();
            assertThat(library.find(made.imageDigest())).isEmpty();
            assertThat(library.resolve(ImageReference.parse("oci:" + source), ProgressListener.NONE))
                    .isEqualTo(made);
        }
    }

    @Test
    void isOpenOnlyOnce() throws Exception {
        try (ImageLibrary library = open()) {
            assertThat(library.find(Digest.of(new byte[0]))).isEmpty();
            assertThatThrownBy(this::open).isInstanceOf(ImageException.class).hasMessageContaining("open already");
        }
        open().close();
    }

    @Test
    void tellsHowItGoesOn() throws Exception {
        byte[] archive = new TarBuilder().file("a", new byte[3 << 20]).build();
        Path source = new LayoutBuilder().layer(archive).write(directory.resolve("layout"));
        List<Progress> heard = new CopyOnWriteArrayList<>();
        try (ImageLibrary library = open()) {
            library.resolve(ImageReference.parse("oci:" + source), heard::add);
        }
        assertThat(heard).contains(new Progress(Stage.UNPACK, archive.length, archive.length));
        assertThat(heard).extracting(Progress::stage).containsSubsequence(Stage.RESOLVE, Stage.UNPACK, Stage.WRITE);
    }

    @Test
    void namesTheSamplesThatThereAre() throws Exception {
        Path functions = directory.resolve("functions");
        Files.createDirectories(functions.resolve("hello-x"));
        Files.writeString(functions.resolve("hello-x/recipe"), "");
        try (ImageLibrary library =
                ImageLibrary.open(directory.resolve("library"), new SampleBuilder(functions), ImageLimits.DEFAULT)) {
            assertThatThrownBy(() -> library.resolve(ImageReference.parse("sample:hello-y"), ProgressListener.NONE))
                    .hasMessageContaining("no sample 'hello-y'; there are hello-x.");
        }
    }
}
