package dev.thaw.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Images that are wrong by mistake or on purpose: each ends in an error that says what is wrong, and leaves nothing. */
class HostileImagesTest {
    private static final ImageLimits LIMITS = new ImageLimits(8, 1000, 8 << 20, 64 << 10);

    @TempDir
    Path directory;

    static Stream<Arguments> archives() {
        return Stream.of(
                archive("climbs out", new TarBuilder().file("a/../../etc/passwd", "x"), "a path with '..' in it"),
                archive(
                        "climbs out by a hard link",
                        new TarBuilder().hardLink("a", "../../etc/shadow"),
                        "a path with '..' in it"),
                archive(
                        "links to what is not there",
                        new TarBuilder().hardLink("a", "/etc/shadow"),
                        "which does not exist"),
                archive("links to itself", new TarBuilder().hardLink("a", "a"), "which does not exist"),
                archive(
                        "links to a directory",
                        new TarBuilder().directory("d").hardLink("a", "d"),
                        "which is a directory"),
                archive("links to the root", new TarBuilder().hardLink("a", "/"), "which does not exist"),
                archive(
                        "goes through a link loop",
                        new TarBuilder().symlink("a", "b").symlink("b", "a").file("a/x", "1"),
                        "leads back to itself"),
                archive(
                        "goes below a file",
                        new TarBuilder().file("a", "1").file("a/b", "2"),
                        "below something that is no directory"),
                archive("has a file twice", new TarBuilder().file("a", "1").file("./a", "2"), "two entries for './a'"),
                archive(
                        "has a directory and a file of one name",
                        new TarBuilder().directory("a").file("a", "2"),
                        "two entries for 'a'"),
                archive(
                        "has a file for the root",
                        new TarBuilder().file("./", "").entry('2', "/", "x", 0, new byte[0]),
                        "'/' that is no directory"),
                archive("has an empty whiteout", new TarBuilder().file("d/.wh.", ""), "a whiteout that names nothing"),
                archive(
                        "has a whiteout of the parent",
                        new TarBuilder().file("d/.wh...", ""),
                        "a whiteout that names nothing"),
                archive("has a long name", new TarBuilder().file("n".repeat(256), ""), "a name of 256 bytes"),
                archive("has a long path", new TarBuilder().file("n/".repeat(2100) + "x", ""), "a path of 4201 bytes"),
                archive(
                        "has a long link",
                        new TarBuilder().pax("linkpath", "n".repeat(4096)).symlink("a", ""),
                        "whose target has 4096 bytes"),
                archive("has an empty link", new TarBuilder().symlink("a", ""), "whose target has 0 bytes"),
                archive("goes ever deeper", deep(), "directories below each other"),
                archive("has too many entries", many(1001), "more than 1000 entries"),
                archive(
                        "has a huge file",
                        new TarBuilder().entry('0', "a", "", 1L << 50, new byte[0]),
                        "alone has 1125899906842624"),
                archive(
                        "has a huge sparse file",
                        new TarBuilder()
                                .pax("GNU.sparse.map", "0,1")
                                .pax("GNU.sparse.size", "1000000000000")
                                .file("a", "x"),
                        "alone has 1000000000000"),
                archive(
                        "has a sparse map out of order",
                        new TarBuilder()
                                .pax("GNU.sparse.map", "4,2,0,2")
                                .pax("GNU.sparse.size", "8")
                                .file("a", "abcd"),
                        "map contradicts itself"),
                archive(
                        "has a sparse map beyond its file",
                        new TarBuilder()
                                .pax("GNU.sparse.map", "4,4")
                                .pax("GNU.sparse.size", "6")
                                .file("a", "abcd"),
                        "map contradicts itself"),
                archive(
                        "has a sparse map that is longer than its data",
                        new TarBuilder()
                                .pax("GNU.sparse.map", "0,9")
                                .pax("GNU.sparse.size", "9")
                                .file("a", "abcd"),
                        "map contradicts itself"),
                archive(
                        "has a sparse map of words",
                        new TarBuilder()
                                .pax("GNU.sparse.map", "0,x")
                                .pax("GNU.sparse.size", "9")
                                .file("a", "abcd"),
                        "no number: 'x'"),
                archive(
                        "has half a sparse map",
                        new TarBuilder()
                                .pax("GNU.sparse.map", "0,1,2")
                                .pax("GNU.sparse.size", "9")
                                .file("a", "abcd"),
                        "map contradicts itself"),
                archive(
                        "has a negative size",
                        new TarBuilder().entry('0', "a", "", -5, new byte[0]),
                        "a negative size"),
                archive(
                        "has an unknown entry",
                        new TarBuilder().entry('Q', "a", "", 0, new byte[0]),
                        "an unknown type 'Q'"),
                archive("has an impossible device", new TarBuilder().device('3', "a", 5000, 1), "5000:1"),
                archive(
                        "has an impossible owner",
                        new TarBuilder().pax("uid", "4294967295").file("a", ""),
                        "an owner that Linux cannot have"),
                archive(
                        "has a NUL in a name",
                        new TarBuilder().pax("path", "a\0b").file("a", ""),
                        "a NUL byte"),
                archive(
                        "has a pax header without a length",
                        new TarBuilder().entry('x', "p", "", 5, "hello".getBytes(UTF_8)),
                        "a pax header that breaks its format"),
                archive(
                        "has a pax header that overruns",
                        new TarBuilder().entry('x', "p", "", 8, "99 a=b\n\n".getBytes(UTF_8)),
                        "a pax header that breaks its format"),
                archive(
                        "has a huge pax header",
                        new TarBuilder().entry('x', "p", "", 1 << 30, new byte[0]),
                        "an extended header of 1073741824 bytes"),
                archive(
                        "has a huge GNU name",
                        new TarBuilder().entry('L', "p", "", 1L << 40, new byte[0]),
                        "an extended header of"),
                archive(
                        "has large attributes",
                        new TarBuilder().xattr("user.a", new byte[70_000]).file("a", ""),
                        "extended attributes beyond"),
                archive(
                        "has a time that is none",
                        new TarBuilder().pax("mtime", "soon").file("a", ""),
                        "a time that is no number: 'soon'"));
    }

    private static Arguments archive(String what, TarBuilder archive, String message) {
        return Arguments.of(what, archive.build(), message);
    }

    private static TarBuilder deep() {
        TarBuilder archive = new TarBuilder();
        String path = "d/".repeat(1500);
        archive.directory(path).symlink("link", path);
        return archive.directory("link/" + path);
    }

    private static TarBuilder many(int count) {
        TarBuilder archive = new TarBuilder();
        for (int i = 0; i < count; i++) {
            archive.file("f" + i, "");
        }
        return archive;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("archives")
    void anArchive(String what, byte[] archive, String message) throws Exception {
        refuses(new LayoutBuilder().layer(archive), message);
        // The same behind a lower layer that is fine, which must not stay either.
        refuses(
                new LayoutBuilder()
                        .layer(new TarBuilder().directory("ok").build())
                        .gzip(archive),
                message);
    }

    static Stream<Arguments> layers() {
        byte[] good = new TarBuilder().file("a", "x".repeat(3000)).build();
        byte[] gzip = LayoutBuilder.gzipped(good);
        byte[] other = new TarBuilder().file("b", "").build();
        byte[] flipped = good.clone();
        flipped[200] ^= 1;
        byte[] noise = new byte[5000];
        Arrays.fill(noise, (byte) 'x');
        return Stream.of(
                Arguments.of("a truncated entry", Arrays.copyOf(good, 1000), null, "ends in the middle of an entry"),
                Arguments.of("a truncated header", Arrays.copyOf(good, 300), null, "ends in the middle of an entry"),
                Arguments.of(
                        "a truncated gzip stream",
                        Arrays.copyOf(gzip, gzip.length - 20),
                        good,
                        "cannot be decompressed"),
                Arguments.of("a broken gzip stream", broken(gzip), good, "cannot be decompressed"),
                Arguments.of("a gzip header only", Arrays.copyOf(gzip, 5), good, "cannot be decompressed"),
                Arguments.of(
                        "a truncated zstd stream",
                        Arrays.copyOf(Zstd.compress(good), 40),
                        good,
                        "cannot be decompressed"),
                Arguments.of(
                        "another archive than the configuration says", good, other, "the digest " + Digest.of(good)),
                Arguments.of("a wrong header", flipped, null, "a header's checksum is wrong"),
                Arguments.of("no archive", noise, null, "no tar archive"),
                Arguments.of("bzip2", "BZh91AY&SY".getBytes(UTF_8), null, "bzip2 or xz"),
                Arguments.of("xz", new byte[] {(byte) 0xFD, '7', 'z', 'X', 'Z', 0, 0}, null, "bzip2 or xz"),
                Arguments.of(
                        "a bomb",
                        LayoutBuilder.gzipped(
                                new TarBuilder().file("a", new byte[9 << 20]).build()),
                        null,
                        "more than 8388608"),
                Arguments.of(
                        "a bomb behind the archive's end",
                        LayoutBuilder.gzipped(Arrays.copyOf(good, 9 << 20)),
                        null,
                        "more than 8388608"));
    }

    private static byte[] broken(byte[] bytes) {
        byte[] broken = bytes.clone();
        Arrays.fill(broken, 20, 30, (byte) 0x55);
        return broken;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void aLayer(String what, byte[] stored, byte @Nullable [] archive, String message) throws Exception {
        refuses(new LayoutBuilder().layer(stored, archive == null ? stored : archive), message);
    }

    static Stream<Arguments> documents() {
        return Stream.of(
                Arguments.of("no JSON", "{", "is not JSON"),
                Arguments.of("a word", "\"word\"", "it is not a JSON object"),
                Arguments.of("nothing", "{}", "of an unknown form"),
                Arguments.of("the first schema", "{\"schemaVersion\":1,\"name\":\"x\"}", "of an unknown form"),
                Arguments.of("an empty index", "{\"schemaVersion\":2,\"manifests\":[]}", "is not there for linux/"),
                Arguments.of(
                        "a missing manifest",
                        "{\"manifests\":[{\"digest\":\"sha256:" + "0".repeat(64) + "\",\"size\":5}]}",
                        "is missing"),
                Arguments.of(
                        "a wrong digest", "{\"manifests\":[{\"digest\":\"sha256:xyz\",\"size\":5}]}", "'sha256:xyz'"),
                Arguments.of(
                        "another digest's kind",
                        "{\"manifests\":[{\"digest\":\"sha512:00\",\"size\":5}]}",
                        "SHA-256 digests are supported"),
                Arguments.of(
                        "a negative size",
                        "{\"manifests\":[{\"digest\":\"sha256:" + "0".repeat(64) + "\",\"size\":-5}]}",
                        "a size is missing or negative"),
                Arguments.of(
                        "a huge manifest",
                        "{\"manifests\":[{\"digest\":\"sha256:" + "0".repeat(64) + "\",\"size\":99999999}]}",
                        "at most 65536"),
                Arguments.of("deep JSON", "[".repeat(5000), "is not JSON"),
                Arguments.of("a huge index", "{\"a\":\"" + "x".repeat(70_000) + "\"}", "more than 65536 bytes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    void anIndex(String what, String index, String message) throws Exception {
        refuses(new LayoutBuilder().write(directory.resolve("layout"), index.getBytes(UTF_8)), message);
    }

    static Stream<Arguments> manifests() {
        LayoutBuilder fine = new LayoutBuilder().layer(new TarBuilder().build());
        String manifest = new String(fine.manifest(), UTF_8);
        String digest = Digest.of(new TarBuilder().build()).toString();
        LayoutBuilder many = new LayoutBuilder();
        for (int i = 0; i < 9; i++) {
            many.layer(new TarBuilder().build());
        }
        return Stream.of(
                Arguments.of(
                        "a layer too small",
                        fine,
                        manifest.replace("\"size\":1024", "\"size\":1023"),
                        "more bytes than its manifest says"),
                Arguments.of(
                        "a layer too large",
                        fine,
                        manifest.replace("\"size\":1024", "\"size\":1025"),
                        "1024 bytes where its manifest says 1025"),
                Arguments.of(
                        "layers that the configuration does not have",
                        fine,
                        manifest.replace("\"layers\":[", "\"layers\":[{\"digest\":\"" + digest + "\",\"size\":1},"),
                        "2 layers and its configuration 1"),
                Arguments.of(
                        "no configuration", fine, manifest.replace("\"config\"", "\"konfig\""), "of an unknown form"),
                Arguments.of("too many layers", many, new String(many.manifest(), UTF_8), "9 layers; at most 8"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("manifests")
    void aManifest(String what, LayoutBuilder layout, String manifest, String message) throws Exception {
        String index =
                "{\"manifests\":[{" + layout.descriptor(LayoutBuilder.MANIFEST, manifest.getBytes(UTF_8)) + "}]}";
        refuses(layout.write(directory.resolve("layout"), index.getBytes(UTF_8)), message);
    }

    private void refuses(LayoutBuilder layout, String message) throws Exception {
        refuses(layout.write(Files.createTempDirectory(directory, "layout")), message);
    }

    private void refuses(Path layout, String message) throws Exception {
        Path library = directory.resolve("library");
        try (ImageLibrary images = ImageLibrary.open(library, new SampleBuilder(directory), LIMITS)) {
            assertThatThrownBy(() -> images.resolve(ImageReference.parse("oci:" + layout), ProgressListener.NONE))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining(message);
        }
        assertThat(files(library)).containsExactly("lock");
    }

    private static Stream<String> files(Path library) throws IOException {
        try (Stream<Path> all = Files.walk(library)) {
            return all
                    .filter(Files::isRegularFile)
                    .map(it -> library.relativize(it).toString())
                    .toList()
                    .stream();
        }
    }
}
