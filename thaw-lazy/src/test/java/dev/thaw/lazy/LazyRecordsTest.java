package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a next daemon, or this one, is told by files of others. */
class LazyRecordsTest {
    @TempDir
    Path directory;

    @Test
    void nodesSurvive() throws IOException {
        NodeRecords records = new NodeRecords(directory.resolve("nodes"));
        LeftNode memory = new LeftNode(2, 4096, "memory-a.b_c", false);
        LeftNode disk = new LeftNode(3, 8192, "disk", false);
        records.add(memory);
        records.add(disk);
        records.close(disk);
        Files.createFile(directory.resolve("nodes").resolve("what is this"));
        assertThat(new NodeRecords(directory.resolve("nodes")).read())
                .containsExactlyInAnyOrder(memory, disk.withClosed(true));
        assertThat(directory.resolve("nodes").resolve("what is this")).doesNotExist();
        records.remove(memory);
        records.remove(disk);
        assertThat(records.read()).isEmpty();
    }

    @Test
    void findingAFileWaitsForNobody() throws Exception {
        LazyFiles files = new LazyFiles(new NodeRecords(directory.resolve("nodes")));
        CountDownLatch making = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<LazyFile> added = threads.submit(() -> files.add("slow", 1, node -> {
                making.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new IllegalStateException("not made");
            }));
            making.await();
            Future<Boolean> found = threads.submit(
                    () -> files.named("other").isPresent() || files.node(7).isPresent());
            assertThat(found.get(30, TimeUnit.SECONDS)).isFalse();
            goOn.countDown();
            assertThatThrownBy(added::get).hasRootCauseMessage("not made");
        }
    }

    @Test
    void onlyRecordsAreRecords() {
        assertThat(NodeRecords.parse("open-2-4096-x")).contains(new LeftNode(2, 4096, "x", false));
        for (String wrong : List.of(
                "open-1-4096-x",
                "open-2-0-x",
                "open--4096-x",
                "open-2-4096-",
                "open-2-4096-a b",
                "shut-2-4096-x",
                "open-9999999999999999999-1-x")) {
            assertThat(NodeRecords.parse(wrong)).as(wrong).isEmpty();
        }
    }

    @Test
    void mountsByTheirPath() {
        List<String> lines = List.of(
                "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
                "45 22 0:40 / /run/a\\040b/files ro - fuse.thaw thaw-lazy ro",
                "46 45 0:41 / /run/a\\040b/files ro shared:5 - fuse.thaw thaw-lazy ro");
        assertThat(MountTable.devicesAt(Path.of("/run/a b/files"), lines)).containsExactly("0:40", "0:41");
        assertThat(MountTable.devicesAt(Path.of("/run/a b"), lines)).isEmpty();
    }

    @Test
    void kernelsThatRepeatRequests() {
        assertThat(LazySupport.repeatsRequests("6.9.0")).isTrue();
        assertThat(LazySupport.repeatsRequests("6.18.44-x")).isTrue();
        assertThat(LazySupport.repeatsRequests("7.0")).isTrue();
        assertThat(LazySupport.repeatsRequests("6.1.0-37-cloud-amd64")).isFalse();
        assertThat(LazySupport.repeatsRequests("strange")).isFalse();
    }

    @Test
    void settingsOutOfBounds() {
        LazyMountSettings good = LazyMountSettings.forMemory(directory, directory);
        assertThat(good.readAheadBytes()).isEqualTo(64 << 10);
        assertThat(LazyMountSettings.forRecording(directory, directory).readAheadBytes())
                .isZero();
        assertThatThrownBy(() -> good.withReadAhead(1000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> good.withReaders(17)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LazyMountSettings.forDisk(Path.of("/" + "x".repeat(100)), directory))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
