package dev.thaw.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the programs are built, with a program in Go's place that only makes the file that it is to make. */
class ControlPlaneBinariesTest {
    @TempDir
    Path directory;

    private Map<String, String> environment() {
        return Map.of(
                "PATH", directory.resolve("bin").toString(),
                "HOME", directory.toString(),
                "XDG_CACHE_HOME", directory.resolve("cache").toString());
    }

    /** Notes what it is asked for, and fails at {@code package} if that has {@code failing} in it. */
    private void standIn(String failing) throws IOException {
        Path go = directory.resolve("bin").resolve("go");
        Files.createDirectories(go.getParent());
        Files.writeString(go, """
                #!/bin/sh
                while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
                case $1 in *%s*) echo "told to fail"; exit 1;; esac
                echo "$1" >>%s
                echo '#!/bin/sh' >"$out" && chmod 755 "$out"
                """.formatted(failing, directory.resolve("built")));
        Files.setPosixFilePermissions(go, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> built() throws IOException {
        return Files.readAllLines(directory.resolve("built"));
    }

    @Test
    void aBuildThatWasInterruptedGoesOnWhereItWas() throws Exception {
        standIn("scheduler");
        assertThatThrownBy(() -> ControlPlaneBinaries.findOrBuild(environment()))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("kube-scheduler")
                .hasMessageContaining("told to fail");
        List<String> before = built();
        assertThat(before).isNotEmpty();
        standIn("nothing");
        assertThat(ControlPlaneBinaries.findOrBuild(environment())).isPresent();
        assertThat(built()).startsWith(before.toArray(String[]::new)).doesNotHaveDuplicates();
        int all = built().size();
        assertThat(ControlPlaneBinaries.findOrBuild(environment())).isPresent();
        assertThat(built()).as("there is nothing left to build").hasSize(all);
    }
}
