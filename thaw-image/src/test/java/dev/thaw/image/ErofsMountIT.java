package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our file systems before the real judges: the host's kernel, and erofs-utils. */
class ErofsMountIT {
    @TempDir
    Path directory;

    @RepeatedTest(3)
    void theKernelSeesWhatTheLayersSay() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        TreeOfAllKinds tree = new TreeOfAllKinds(seed);
        Path file = directory.resolve("fs");
        Flattening.flatten(directory, file, tree.archive());
        SortedMap<String, String> expected = new TreeMap<>();
        tree.expected().forEach((path, line) -> expected.put(path, line.replaceFirst(" security.capability=.*", "")));
        Tools.mounted(
                file,
                directory.resolve("mount"),
                mount -> assertThat(Listing.of(mount)).isEqualTo(expected));
    }

    @Test
    void erofsUtilsFindNoFault() throws Exception {
        Path file = directory.resolve("fs");
        Flattening.flatten(directory, file, new TreeOfAllKinds(11).archive());
        Tools.run("fsck.erofs", file.toString());
    }

    @Test
    void theKernelReadsExtendedAttributesAndLargeDirectories() throws Exception {
        TarBuilder archive = new TarBuilder();
        byte[] large = new byte[20_000];
        new Random(3).nextBytes(large);
        archive.xattr("user.large", large)
                .xattr("user.small", new byte[] {1, 2})
                .file("marked", "x");
        for (int i = 0; i < 5000; i++) {
            archive.file("d/name-" + "x".repeat(i % 90) + i, Integer.toString(i));
        }
        Path file = directory.resolve("fs");
        Flattening.flatten(directory, file, archive.build());
        Tools.mounted(file, directory.resolve("mount"), mount -> {
            assertThat((byte[]) Files.getAttribute(mount.resolve("marked"), "user:large"))
                    .isEqualTo(large);
            assertThat((byte[]) Files.getAttribute(mount.resolve("marked"), "user:small"))
                    .containsExactly(1, 2);
            for (int i = 0; i < 5000; i += 7) {
                assertThat(mount.resolve("d/name-" + "x".repeat(i % 90) + i))
                        .content()
                        .isEqualTo(Integer.toString(i));
            }
            assertThat(mount.resolve("d/none")).doesNotExist();
        });
    }
}
