package dev.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingSourcesTest {
    @TempDir
    Path folder;

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve("thaw.yaml"), content);
    }

    @Test
    void flagsWinOverTheEnvironmentAndThatOverTheFile() throws IOException {
        Path file = file("# of this machine\nworkers: 1\nmode: local\ncache-size: 1GiB\nidle: 5s\n");
        Map<String, String> settings = SettingSources.merge(
                Map.of("workers", "3"), Map.of("THAW_WORKERS", "2", "THAW_MODE", "remote", "PATH", "/bin"), file);
        assertThat(settings)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("workers", "3", "mode", "remote", "cache-size", "1GiB", "idle", "5s"));
    }

    @Test
    void theEnvironmentCanNameTheFile() throws IOException {
        Path file = file("workers: 4\n");
        assertThat(SettingSources.merge(Map.of(), Map.of("THAW_CONFIG", file.toString()), null))
                .containsEntry("workers", "4");
    }

    @Test
    void anEmptyFileSaysNothing() throws IOException {
        assertThat(SettingSources.merge(Map.of(), Map.of(), file("# nothing\n")))
                .isEmpty();
    }

    @Test
    void wrongFilesAndVariablesAreRefused() throws IOException {
        assertThatThrownBy(() -> SettingSources.merge(Map.of(), Map.of("THAW_WORKER", "2"), null))
                .hasMessage("Unknown environment variable THAW_WORKER. Did you mean 'THAW_WORKERS'?");
        assertThatThrownBy(() -> SettingSources.merge(Map.of(), Map.of(), file("- a\n- b\n")))
                .hasMessageContaining("does not hold settings");
        assertThatThrownBy(() -> SettingSources.merge(Map.of(), Map.of(), file("workers: [1, 2]\n")))
                .hasMessageContaining("the setting 'workers' needs one value");
        assertThatThrownBy(() -> SettingSources.merge(Map.of(), Map.of(), file("workers: {\n")))
                .hasMessageContaining("is not YAML that can be read");
        assertThatThrownBy(() -> SettingSources.merge(Map.of(), Map.of(), folder.resolve("missing.yaml")))
                .hasMessageContaining("cannot be read");
    }
}
