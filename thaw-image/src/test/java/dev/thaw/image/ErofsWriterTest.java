package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErofsWriterTest {
    @TempDir
    Path directory;

    @Test
    void anEmptyImageIsARootDirectory() throws IOException {
        assertThat(Flattening.listing(directory, new TarBuilder().build()))
                .containsExactly(Map.entry("/", "040755 0:0 links=2 1970-01-01T00:00:00Z"));
    }

    @Test
    void theSameLayersGiveTheSameBytes() throws IOException {
        TreeOfAllKinds tree = new TreeOfAllKinds(20_261_121);
        ErofsWriter.Written one = Flattening.flatten(directory, directory.resolve("one"), tree.archive());
        ErofsWriter.Written two = Flattening.flatten(directory, directory.resolve("two"), tree.archive());
        assertThat(two).isEqualTo(one);
        assertThat(Files.mismatch(directory.resolve("one"), directory.resolve("two")))
                .isEqualTo(-1);
        assertThat(one.digest()).isEqualTo(Digest.of(Files.readAllBytes(directory.resolve("one"))));
        assertThat(one.sizeBytes()).isEqualTo(Files.size(directory.resolve("one")));
    }

    @Test
    void theOrderOfEntriesDoesNotMatter() throws IOException {
        byte[] one = new TarBuilder()
                .file("a/x", "1")
                .file("b", "2")
                .file("c", "3")
                .directory("a")
                .build();
        byte[] two = new TarBuilder()
                .directory("a")
                .file("c", "3")
                .file("b", "2")
                .file("a/x", "1")
                .build();
        assertThat(Flattening.flatten(directory, directory.resolve("one"), one))
                .isEqualTo(Flattening.flatten(directory, directory.resolve("two"), two));
    }

    @Test
    void everyKindOfEntryIsReadAsItWasWritten() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        TreeOfAllKinds tree = new TreeOfAllKinds(seed);
        assertThat(Flattening.listing(directory, tree.archive())).isEqualTo(tree.expected());
    }

    @Test
    void aFilesDataBeginsOnABlockOfItsOwnSoThatEqualFilesAreEqualBlocks() throws IOException {
        byte[] content = new byte[10_000];
        new Random(1).nextBytes(content);
        Path one = directory.resolve("one");
        Path two = directory.resolve("two");
        Flattening.flatten(directory, one, new TarBuilder().file("f", content).build());
        Flattening.flatten(
                directory,
                two,
                new TarBuilder().file("a", "first").file("g/f", content).build());
        for (Path file : new Path[] {one, two}) {
            byte[] bytes = Files.readAllBytes(file);
            int at = bytes.length - 12_288;
            assertThat(Arrays.copyOfRange(bytes, at, at + 10_000)).isEqualTo(content);
            assertThat(Arrays.copyOfRange(bytes, at + 10_000, bytes.length)).containsOnly(0);
        }
    }

    @Test
    void largeDirectoriesTakeSeveralBlocks() throws IOException {
        TarBuilder archive = new TarBuilder();
        for (int i = 0; i < 3000; i++) {
            archive.file("d/" + "n".repeat(i % 200) + i, "");
        }
        SortedMap<String, String> listing = Flattening.listing(directory, archive.build());
        assertThat(listing).hasSize(3002);
    }
}
