package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What we make of an image, mounted, against what umoci unpacks of it as root: entry by entry. */
class UmociIT {
    private static final Path FUNCTIONS =
            Path.of("../functions").toAbsolutePath().normalize();

    @TempDir
    Path directory;

    static Stream<Arguments> images() {
        return Stream.of(
                image("one file", new TarBuilder().directory("./").file("a", "1")),
                image("files of many sizes", sizes()),
                image(
                        "modes and owners",
                        new TarBuilder()
                                .directory("./")
                                .mode(07755)
                                .owner(12, 70_000)
                                .file("a", "1")
                                .mode(01777)
                                .directory("t")
                                .mode(0)
                                .file("none", "2")),
                image(
                        "links",
                        new TarBuilder()
                                .directory("./")
                                .directory("d")
                                .file("d/a", "1")
                                .hardLink("b", "d/a")
                                .hardLink("/c", "/b")
                                .symlink("s", "d/a")
                                .symlink("abs", "/d")
                                .symlink("gone", "nowhere")
                                .hardLink("ls", "s")),
                image(
                        "devices",
                        new TarBuilder()
                                .directory("./")
                                .device('3', "null", 1, 3)
                                .device('4', "disk", 8, 300)
                                .device('6', "fifo", 0, 0)),
                image(
                        "an upper layer that replaces",
                        new TarBuilder()
                                .directory("./")
                                .file("a", "old")
                                .directory("d")
                                .file("d/x", "1")
                                .symlink("l", "d"),
                        new TarBuilder()
                                .file("a", "new")
                                .file("d", "now a file")
                                .directory("l")),
                image(
                        "whiteouts",
                        new TarBuilder()
                                .directory("./")
                                .directory("d")
                                .file("d/a", "1")
                                .file("d/b", "2")
                                .directory("e")
                                .directory("e/f")
                                .file("e/f/g", "3"),
                        new TarBuilder().file("d/.wh.a", "").file(".wh.e", "")),
                image(
                        "a whiteout and a new file of that name",
                        new TarBuilder().directory("./").directory("d").file("d/a", "1"),
                        new TarBuilder().directory("d").file("d/.wh.a", ""),
                        new TarBuilder().directory("d").file("d/a", "again")),
                image(
                        "an opaque directory",
                        new TarBuilder()
                                .directory("./")
                                .directory("d")
                                .file("d/a", "1")
                                .directory("d/e")
                                .file("d/e/f", "2"),
                        new TarBuilder()
                                .directory("d")
                                .file("d/.wh..wh..opq", "")
                                .file("d/new", "3")),
                image(
                        "an opaque mark behind the new files",
                        new TarBuilder().directory("./").directory("d").file("d/a", "1"),
                        new TarBuilder().directory("d").file("d/new", "3").file("d/.wh..wh..opq", "")),
                image(
                        "files through links to directories",
                        new TarBuilder()
                                .directory("./")
                                .directory("usr")
                                .directory("usr/lib")
                                .symlink("lib", "usr/lib")
                                .symlink("abs", "/usr"),
                        new TarBuilder().file("lib/x", "1").file("abs/lib/y", "2")),
                image(
                        "hard links over layers",
                        new TarBuilder().directory("./").file("a", "1").hardLink("b", "a"),
                        new TarBuilder().hardLink("c", "b"),
                        new TarBuilder().file(".wh.a", "")),
                image(
                        "long names",
                        new TarBuilder()
                                .directory("./")
                                .directory("n".repeat(200))
                                .file("n".repeat(200) + "/" + "m".repeat(255), "1")
                                .symlink("l", "t".repeat(300))
                                .gnuLong('L', "g".repeat(150))
                                .file("short", "2")
                                .gnuLong('K', "k".repeat(150))
                                .symlink("gl", "short")),
                image(
                        "names that are not ASCII",
                        new TarBuilder().directory("./").file("grüße", "1").file("名前", "2")),
                image(
                        "extended attributes",
                        new TarBuilder()
                                .directory("./")
                                .xattr("user.a", new byte[] {1, 0, (byte) 0xFF, '\n'})
                                .file("a", "1")
                                .xattr("security.capability", new byte[] {
                                    1, 0, 0, 2, 0, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
                                })
                                .file("ping", "x")),
                image(
                        "sparse files",
                        new TarBuilder()
                                .directory("./")
                                .pax("GNU.sparse.numblocks", "2")
                                .pax("GNU.sparse.map", "4096,3,100000,2")
                                .pax("GNU.sparse.size", "200000")
                                .pax("GNU.sparse.name", "sparse")
                                .file("x", "abcde")),
                image(
                        "times",
                        new TarBuilder()
                                .directory("./")
                                .pax("mtime", "1500000000.123456789")
                                .file("a", "1")
                                .mtime(0)
                                .file("zero", "2")
                                .mtime(1L << 33)
                                .file("later", "3")),
                image("a random tree", new Object[] {new TreeOfAllKinds(seed(), false).archive()}),
                image("another random tree", new Object[] {new TreeOfAllKinds(seed(), false).archive()}));
    }

    private static long seed() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        return seed;
    }

    private static TarBuilder sizes() {
        TarBuilder archive = new TarBuilder().directory("./");
        for (int size : new int[] {0, 1, 511, 512, 513, 4095, 4096, 4097, 8192, 1 << 20}) {
            byte[] content = new byte[size];
            new Random(size).nextBytes(content);
            archive.file("f" + size, content);
        }
        return archive;
    }

    private static Arguments image(String what, Object... layers) {
        LayoutBuilder layout = new LayoutBuilder();
        for (Object layer : layers) {
            layout.gzip(layer instanceof TarBuilder archive ? archive.build() : (byte[]) layer);
        }
        return Arguments.of(what, layout);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("images")
    void agreesWithUmoci(String what, LayoutBuilder image) throws Exception {
        compare(image.write(directory.resolve("layout")));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void agreesWithUmociOnSamples(String name) throws Exception {
        Path layout = directory.resolve("layout");
        new SampleBuilder(FUNCTIONS).build(name, layout, directory.resolve("log"));
        compare(layout);
    }

    static Stream<String> samples() throws IOException {
        return new SampleBuilder(FUNCTIONS).names().stream();
    }

    private void compare(Path layout) throws Exception {
        Tools.run(
                "umoci",
                "unpack",
                "--image",
                layout + ":latest",
                directory.resolve("bundle").toString());
        SortedMap<String, String> theirs = Listing.of(directory.resolve("bundle/rootfs"));
        try (ImageLibrary library =
                ImageLibrary.open(directory.resolve("library"), new SampleBuilder(FUNCTIONS), ImageLimits.DEFAULT)) {
            RootFilesystem ours = library.resolve(ImageReference.parse("oci:" + layout), ProgressListener.NONE);
            Tools.mounted(ours.erofs(), directory.resolve("mount"), mount -> {
                assertThat(differences(Listing.of(mount), theirs)).isEmpty();
                assertThat(Tools.xattrs(mount)).isEqualTo(Tools.xattrs(directory.resolve("bundle/rootfs")));
            });
        }
    }

    private static SortedMap<String, String> differences(
            SortedMap<String, String> ours, SortedMap<String, String> theirs) {
        SortedMap<String, String> differences = new TreeMap<>();
        TreeSet<String> paths = new TreeSet<>(ours.keySet());
        paths.addAll(theirs.keySet());
        for (String path : paths) {
            String one = ours.getOrDefault(path, "nothing");
            String other = theirs.getOrDefault(path, "nothing");
            if (!one.equals(other)) {
                differences.put(path, "ours " + one + "; theirs " + other);
            }
        }
        return differences;
    }
}
