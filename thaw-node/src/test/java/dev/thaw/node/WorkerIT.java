package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole path of one function through two workers, with nothing but real parts. */
class WorkerIT {
    @TempDir
    Path directory;

    @Test
    void bootsFreezesAndThawsHereAndElsewhere() throws Exception {
        try (RealWorkers workers = new RealWorkers(directory, Mode.REMOTE, 2)) {
            Revision revision = workers.sample("hello-python", 256L << 20);
            assertThat(workers.get(0, revision, "/")).isNotEmpty();
            StartRecord boot = workers.heard().starts.remove();
            assertThat(boot.kind()).isEqualTo(StartKind.BOOT);
            assertThat(boot.reason()).contains("no snapshot in the store");

            FreezeRecord freeze = workers.heard().freezes.poll(60, TimeUnit.SECONDS);
            assertThat(freeze)
                    .as(() -> "a freeze; failures: " + workers.heard().failures)
                    .isNotNull();
            assertThat(workers.get(0, revision, "/")).isNotEmpty();

            retire(workers, 0, revision);
            assertThat(workers.get(0, revision, "/")).isNotEmpty();
            StartRecord local = workers.heard().starts.poll(10, TimeUnit.SECONDS);
            assertThat(local.kind()).as(local.toString()).isEqualTo(StartKind.THAW_LOCAL);

            assertThat(workers.get(1, revision, "/")).isNotEmpty();
            StartRecord remote = workers.heard().starts.poll(10, TimeUnit.SECONDS);
            assertThat(remote.kind()).as(remote.toString()).isEqualTo(StartKind.THAW_REMOTE);
            assertThat(remote.fetchedBytes()).isPositive();

            retire(workers, 1, revision);
            assertThat(workers.get(1, revision, "/")).isNotEmpty();
            StartRecord cached = workers.heard().starts.poll(10, TimeUnit.SECONDS);
            assertThat(cached.kind()).isEqualTo(StartKind.THAW_LOCAL);
            assertThat(workers.heard().failures).isEmpty();
            System.out.printf("%s%n%s%n%s%n%s%n%s%n", boot, freeze, local, remote, cached);
        }
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    private static void retire(RealWorkers workers, int index, Revision revision) {
        workers.worker(index).retire(revision, true);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> workers.worker(index).instances().isEmpty());
    }
}
