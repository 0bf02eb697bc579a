package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What layers do to each other, by the words of the OCI image specification. */
class LayerApplierTest {
    @TempDir
    Path directory;

    private SortedMap<String, String> apply(TarBuilder... layers) throws IOException {
        byte[][] archives = new byte[layers.length][];
        for (int i = 0; i < layers.length; i++) {
            archives[i] = layers[i].build();
        }
        return Flattening.listing(directory, archives);
    }

    private static String digest(String content) {
        return Digest.of(content.getBytes(StandardCharsets.UTF_8)).toString();
    }

    @Test
    void anUpperFileReplacesALowerOne() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().file("etc/a", "lower").file("etc/b", "kept"),
                new TarBuilder().mode(0600).file("etc/a", "upper"));
        assertThat(listing.get("/etc/a")).startsWith("100600").contains(digest("upper"));
        assertThat(listing.get("/etc/b")).contains(digest("kept"));
    }

    @Test
    void directoriesMergeAndTakeTheUpperAttributes() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().directory("d").file("d/lower", "1"),
                new TarBuilder()
                        .mode(0700)
                        .owner(5, 6)
                        .directory("d")
                        .mode(0644)
                        .file("d/upper", "2"));
        assertThat(listing).containsKeys("/d/lower", "/d/upper");
        assertThat(listing.get("/d")).startsWith("040700 5:6");
    }

    @Test
    void aFileReplacesADirectoryAndTheOtherWayRound() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().file("a/below", "1").file("b", "2"),
                new TarBuilder().file("a", "now a file").directory("b").file("b/below", "now a directory"));
        assertThat(listing).containsKeys("/a", "/b/below").doesNotContainKey("/a/below");
    }

    @Test
    void aWhiteoutHidesWhatIsBelowIt() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().file("d/gone", "1").file("d/kept", "2").file("tree/x/y", "3"),
                new TarBuilder().file("d/.wh.gone", "").file(".wh.tree", "").file("d/.wh.never-there", ""));
        assertThat(listing).containsKey("/d/kept").doesNotContainKeys("/d/gone", "/tree", "/d/.wh.gone");
    }

    @Test
    void aWhiteoutDoesNotHideItsOwnLayer() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().file("d/sub/old", "1").file("d/f", "old"),
                new TarBuilder()
                        .file("d/f", "new")
                        .file("d/.wh.f", "")
                        .file("d/sub/new", "2")
                        .file("d/.wh.sub", ""));
        assertThat(listing.get("/d/f")).contains(digest("new"));
        assertThat(listing).containsKey("/d/sub/new").doesNotContainKey("/d/sub/old");
    }

    @Test
    void anOpaqueDirectoryHidesAllThatLowerLayersHaveInItWhereverTheMarkStands() throws IOException {
        TarBuilder lower = new TarBuilder().file("d/a", "1").file("d/sub/b", "2");
        assertThat(apply(lower, new TarBuilder().file("d/.wh..wh..opq", "").file("d/new", "3")))
                .containsKey("/d/new")
                .doesNotContainKeys("/d/a", "/d/sub");
        TarBuilder again = new TarBuilder().file("d/a", "1").file("d/sub/b", "2");
        assertThat(apply(again, new TarBuilder().file("d/sub/new", "3").file("d/.wh..wh..opq", "")))
                .containsKey("/d/sub/new")
                .doesNotContainKeys("/d/a", "/d/sub/b");
    }

    @Test
    void whatAnOlderUnionFileSystemNotedIsLeftOut() throws IOException {
        assertThat(apply(new TarBuilder()
                        .file(".wh..wh.aufs", "")
                        .directory(".wh..wh.plnk")
                        .file("a", "1")))
                .containsOnlyKeys("/", "/a");
    }

    @Test
    void hardLinksShareOneInodeAcrossLayers() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().file("a", "shared").hardLink("b", "a"),
                new TarBuilder().hardLink("c", "/b").file("a", "replaced"));
        assertThat(listing.get("/b"))
                .contains("links=2")
                .contains(digest("shared"))
                .isEqualTo(listing.get("/c"));
        assertThat(listing.get("/a")).contains("links=1").contains(digest("replaced"));
    }

    @Test
    void aFileGoesThroughALinkToADirectoryInTheTree() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().directory("usr/lib").symlink("lib", "/usr/lib").symlink("up", "../../../usr"),
                new TarBuilder().file("lib/x", "1").file("up/lib/y", "2").file("dangling/z", "3"));
        assertThat(listing).containsKeys("/usr/lib/x", "/usr/lib/y", "/dangling/z");
        assertThat(listing.get("/lib")).contains("-> /usr/lib");
    }

    @Test
    void aDirectoryReplacesALink() throws IOException {
        SortedMap<String, String> listing = apply(
                new TarBuilder().directory("usr/lib").symlink("lib", "usr/lib"), new TarBuilder().directory("lib"));
        assertThat(listing.get("/lib")).startsWith("040755");
    }

    @Test
    void theRootTakesItsOwnEntrysAttributes() throws IOException {
        assertThat(apply(new TarBuilder().mode(0711).mtime(7).directory("./")).get("/"))
                .startsWith("040711")
                .contains("1970-01-01T00:00:07Z");
    }

    @Test
    void keepsDevicesOwnersModesAndTimes() throws IOException {
        SortedMap<String, String> listing = apply(new TarBuilder()
                .mode(0620)
                .device('3', "tty", 5, 1)
                .device('4', "disk", 259, 300)
                .device('6', "fifo", 0, 0)
                .mode(06755)
                .owner(70_000, 3_000_000_000L)
                .mtime(-5)
                .file("setuid", "x"));
        assertThat(listing.get("/tty")).startsWith("020620").contains("device 5:1");
        assertThat(listing.get("/disk")).startsWith("060620").contains("device 259:300");
        assertThat(listing.get("/fifo")).startsWith("010620");
        assertThat(listing.get("/setuid"))
                .startsWith("106755 70000:" + (int) 3_000_000_000L)
                .contains("1969-12-31T23:59:55Z");
    }

    @Test
    void keepsAttributesByteByByte() throws IOException {
        byte[] capability = {1, 0, 0, 2, (byte) 0x80, (byte) 0xFF, 0, '\n', 0, '=', 0, 0};
        SortedMap<String, String> listing = apply(new TarBuilder()
                .xattr("security.capability", capability)
                .xattr("user.note", new byte[0])
                .xattr("security.selinux", new byte[] {1})
                .xattr("trusted.overlay.opaque", new byte[] {'y'})
                .file("ping", "x"));
        assertThat(listing.get("/ping")).endsWith(" security.capability=0100000280ff000a003d0000 user.note=");
    }
}
