package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The samples, built by their script from the distribution's packages and flattened. */
class SampleImagesIT {
    private static final Path FUNCTIONS =
            Path.of("../functions").toAbsolutePath().normalize();

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"hello-c", "hello-python"})
    void becomesARootFileSystem(String name) throws Exception {
        SampleBuilder samples = new SampleBuilder(FUNCTIONS);
        assertThat(samples.names()).contains(name);
        RootFilesystem first;
        try (ImageLibrary library = ImageLibrary.open(directory.resolve("one"), samples, ImageLimits.DEFAULT)) {
            first = library.resolve(ImageReference.parse("sample:" + name), ProgressListener.NONE);
            assertThat(library.find(first.imageDigest())).contains(first);
        }
        assertThat(first.config().user()).isEqualTo("function");
        assertThat(first.config().workingDir()).isEqualTo("/app");
        assertThat(first.config().exposedPorts()).containsExactly(8080);
        assertThat(Files.size(first.erofs())).isEqualTo(first.sizeBytes());
        try (ErofsReader reader = new ErofsReader(first.erofs())) {
            SortedMap<String, String> listing = Listing.of(reader);
            assertThat(listing)
                    .containsKeys("/proc", "/sys", "/dev", "/run", "/tmp", "/etc/hostname", "/etc/machine-id");
            assertThat(listing.get("/etc/passwd")).startsWith("100644 0:0");
            assertThat(listing.get("/tmp")).startsWith("041777 0:0");
            assertThat(listing.get("/lib")).contains("-> usr/lib");
        }
        // Another library, as on another machine.
        try (ImageLibrary library = ImageLibrary.open(directory.resolve("two"), samples, ImageLimits.DEFAULT)) {
            RootFilesystem second = library.resolve(ImageReference.parse("sample:" + name), ProgressListener.NONE);
            assertThat(second.contentDigest()).isEqualTo(first.contentDigest());
            assertThat(Files.mismatch(second.erofs(), first.erofs())).isEqualTo(-1);
            Tools.checkErofs(second.erofs(), directory.resolve("extracted"));
            Tools.mounted(second.erofs(), directory.resolve("mount"), mount -> {
                try (ErofsReader reader = new ErofsReader(first.erofs())) {
                    assertThat(Listing.of(mount)).isEqualTo(Listing.of(reader));
                }
            });
        }
    }
}
