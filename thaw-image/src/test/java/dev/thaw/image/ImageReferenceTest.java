package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.image.ImageReference.DockerArchive;
import dev.thaw.image.ImageReference.Layout;
import dev.thaw.image.ImageReference.Registry;
import dev.thaw.image.ImageReference.Sample;
import dev.thaw.store.object.Digest;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    @Test
    void readsEachForm() {
        assertThat(ImageReference.parse("registry.example.com/team/app:1.2"))
                .isEqualTo(new Registry("registry.example.com", "team/app", "1.2", Optional.empty()));
        assertThat(ImageReference.parse("localhost:5000/app"))
                .isEqualTo(new Registry("localhost:5000", "app", "latest", Optional.empty()));
        assertThat(ImageReference.parse("[::1]:5000/app"))
                .isEqualTo(new Registry("[::1]:5000", "app", "latest", Optional.empty()));
        assertThat(ImageReference.parse("registry.example.com/app:1@" + DIGEST))
                .isEqualTo(new Registry("registry.example.com", "app", "1", Optional.of(Digest.parse(DIGEST))));
        assertThat(ImageReference.parse("oci:some/dir")).isEqualTo(new Layout(Path.of("some/dir"), Optional.empty()));
        assertThat(ImageReference.parse("oci:/a:b/dir:v1"))
                .isEqualTo(new Layout(Path.of("/a:b/dir"), Optional.of("v1")));
        assertThat(ImageReference.parse("oci:/a:b/dir")).isEqualTo(new Layout(Path.of("/a:b/dir"), Optional.empty()));
        assertThat(ImageReference.parse("docker-archive:/x/y.tar")).isEqualTo(new DockerArchive(Path.of("/x/y.tar")));
        assertThat(ImageReference.parse("sample:hello-python")).isEqualTo(new Sample("hello-python"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "registry.example.com/team/app:1.2",
                "localhost:5000/app:latest",
                "oci:/a/b:tag",
                "oci:/a/b",
                "docker-archive:/x.tar",
                "sample:hello-c"
            })
    void isWrittenAsItIsRead(String text) {
        assertThat(ImageReference.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''| empty or has blanks",
                "' oci:x'| empty or has blanks",
                "alpine| Write it before the repository, as in registry.example.com/alpine",
                "team/app:1| Write it before the repository",
                "docker://registry.example.com/app| Write registry.example.com/app",
                "https://registry.example.com/app| Write registry.example.com/app",
                "registry.example.com/App| Not a repository: 'App'",
                "registry.example.com/a/../b| Not a repository",
                "registry.example.com/| Not a repository: ''",
                "registry.example.com/app:| Not a tag: ''",
                "registry.example.com/app:a b| Not a tag",
                "registry.example.com/app@sha256:12| Not a SHA-256 digest",
                "registry.example.com/app@md5:12| Write sha256:",
                "reg_istry.example.com/app| Not a registry",
                "oci:| The path is missing",
                "oci:dir:| The tag is missing",
                "docker-archive:| The path is missing",
                "sample:| Not a sample's name",
                "sample:../x| Not a sample's name"
            })
    void teachesWhatIsWrong(String text, String expected) {
        assertThatThrownBy(() -> ImageReference.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected.strip());
    }
}
