package dev.thaw.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartedProcessTest {
    @TempDir
    private Path folder;

    @Test
    void endsWhatWasStarted() throws IOException {
        Process process = StartedProcess.start("1-sleep", folder, List.of("sleep", "1000"));
        StartedProcess recorded = recorded();
        assertThat(recorded.pid()).isEqualTo(process.pid());
        assertThat(recorded.running()).isTrue();
        assertThat(ControlPlane.running(folder)).containsExactly("1-sleep");
        ControlPlane.down(folder);
        assertThat(process.isAlive()).isFalse();
        assertThat(StartedProcess.recorded(folder)).isEmpty();
    }

    @Test
    void leavesAStrangerWithTheSameIdAlone() throws IOException {
        Process process = StartedProcess.start("1-sleep", folder, List.of("sleep", "1000"));
        try {
            StartedProcess recorded = recorded();
            Path record = recorded.record();
            String line = Files.readString(record, StandardCharsets.UTF_8);
            Files.writeString(record, line.replace(" " + recorded.startTime() + " ", " 1 "), StandardCharsets.UTF_8);
            ControlPlane.down(folder);
            assertThat(process.isAlive()).isTrue();
            assertThat(record).doesNotExist();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theWatchdogEndsAllWhenItsInputEnds() throws IOException {
        Process watchdog = Watchdog.start(folder);
        Process process = StartedProcess.start("1-sleep", folder, List.of("sleep", "1000"));
        recorded();
        watchdog.getOutputStream().close();
        await().until(() -> !process.isAlive() && !watchdog.isAlive());
    }

    @Test
    void saysWhatANamedFolderLacks() {
        assertThatThrownBy(() -> ControlPlaneBinaries.findOrBuild(Map.of("KUBEBUILDER_ASSETS", folder.toString())))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("kube-apiserver")
                .hasMessageContaining("etcd");
    }

    private StartedProcess recorded() {
        await().until(() -> !StartedProcess.recorded(folder).isEmpty());
        try {
            return StartedProcess.recorded(folder).getFirst();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
