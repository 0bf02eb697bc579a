package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.image.DockerCredentials.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerCredentialsTest {
    @TempDir
    Path directory;

    private Optional<Credentials> find(String config, String host) throws IOException {
        Path file = directory.resolve("config.json");
        Files.writeString(file, config);
        return new DockerCredentials(file, program -> directory.resolve(program).toString()).find(host);
    }

    private void helper(String name, String script) throws IOException {
        Path program = directory.resolve("docker-credential-" + name);
        Files.writeString(program, "#!/bin/sh\nread host\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void thereIsNoneWithoutAConfiguration() throws IOException {
        assertThat(new DockerCredentials(directory.resolve("none.json")).find("registry.example.com"))
                .isEmpty();
    }

    @Test
    void readsWhatDockerLoginWrote() throws IOException {
        // "ann:a:b"
        assertThat(find("{\"auths\":{\"r.example.com:5000\":{\"auth\":\"YW5uOmE6Yg==\"}}}", "r.example.com:5000"))
                .contains(new Credentials.Password("ann", "a:b"));
        assertThat(find(
                        "{\"auths\":{\"https://r.example.com/v1/\":{\"username\":\"ann\",\"password\":\"p\"}}}",
                        "r.example.com"))
                .contains(new Credentials.Password("ann", "p"));
        assertThat(find(
                        "{\"auths\":{\"r.example.com\":{\"auth\":\"YW5uOmE=\",\"identitytoken\":\"t\"}}}",
                        "r.example.com"))
                .contains(new Credentials.IdentityToken("t"));
        assertThat(find("{\"auths\":{\"r.example.com\":{\"auth\":\"YW5uOmE=\"}}}", "other.example.com"))
                .isEmpty();
    }

    @Test
    void asksTheHelperOfTheHostBeforeTheOneOfAll() throws IOException {
        helper("one", "echo '{\"Username\":\"ann\",\"Secret\":\"from '$host'\"}'");
        helper("all", "echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
        String config = "{\"credHelpers\":{\"r.example.com\":\"one\"},\"credsStore\":\"all\"}";
        assertThat(find(config, "r.example.com")).contains(new Credentials.Password("ann", "from r.example.com"));
        assertThat(find(config, "other.example.com")).contains(new Credentials.IdentityToken("t"));
    }

    @Test
    void aHelperMayKnowNothing() throws IOException {
        helper("all", "echo 'credentials not found in native keychain'; exit 1");
        assertThat(find("{\"credsStore\":\"all\"}", "r.example.com")).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithAHelper() throws IOException {
        helper("broken", "echo 'the keychain is locked'; exit 1");
        assertThatThrownBy(() -> find("{\"credsStore\":\"broken\"}", "r.example.com"))
                .hasMessageContaining("the keychain is locked");
        helper("words", "echo hello");
        assertThatThrownBy(() -> find("{\"credsStore\":\"words\"}", "r.example.com"))
                .hasMessageContaining("answers what is not JSON");
        assertThatThrownBy(() -> find("{\"credsStore\":\"missing\"}", "r.example.com"))
                .hasMessageContaining("docker-credential-missing, which cannot be started");
        assertThatThrownBy(() -> find("{\"credsStore\":\"../x\"}", "r.example.com"))
                .hasMessageContaining("'../x'");
        assertThatThrownBy(() -> find("{", "r.example.com")).hasMessageContaining("is not JSON");
        assertThatThrownBy(() -> find("{\"auths\":{\"r.example.com\":{\"auth\":\"%%%\"}}}", "r.example.com"))
                .hasMessageContaining("docker login");
    }

    @Test
    void secretsStayOutOfText() {
        assertThat(new Credentials.Password("ann", "secret").toString()).doesNotContain("secret");
        assertThat(new Credentials.IdentityToken("secret").toString()).doesNotContain("secret");
    }
}
