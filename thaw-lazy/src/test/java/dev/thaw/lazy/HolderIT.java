package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mounts whose daemon, or holder, goes away under them. */
class HolderIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final long seed = Long.getLong("thaw.seed", new Random().nextLong());
    private final byte[] bytes = DaemonMain.image(seed);
    private Leaks before = new Leaks(Path.of(""), 0, 0, 0);

    @BeforeEach
    void begin() throws IOException {
        System.out.println("thaw.seed=" + seed);
        before = Leaks.now(directory);
    }

    @AfterEach
    void nothingIsLeft() {
        before.assertNoneSince();
        await().atMost(SOON).untilAsserted(() -> assertThat(holders()).isEmpty());
    }

    private LazyMountSettings settings() {
        return DaemonMain.settings(directory, Duration.ofSeconds(60));
    }

    private ChildJvm daemon(String how, int holderPatienceSeconds) throws IOException {
        return new ChildJvm(
                DaemonMain.class,
                directory.toString(),
                String.valueOf(seed),
                how,
                String.valueOf(holderPatienceSeconds));
    }

    private List<ProcessHandle> holders() {
        return ProcessHandle.allProcesses()
                .filter(process ->
                        process.info().commandLine().orElse("").contains("lazy-holder " + directory.resolve("m")))
                .toList();
    }

    private Path image() {
        return directory.resolve("m").resolve("files").resolve("image");
    }

    private String crc(int offset, int length) {
        return String.valueOf(ReaderMain.crc(ByteBuffer.wrap(bytes, offset, length)));
    }

    private List<String> mounted() throws IOException {
        return MountTable.devicesAt(directory.resolve("m").resolve("files").toAbsolutePath());
    }

    @Test
    void aReadUnderWayWhenTheDaemonIsKilledIsAnsweredByTheNext() throws Exception {
        try (ChildJvm reader = ChildJvm.reader()) {
            try (ChildJvm first = daemon("held", 60)) {
                reader.ask("open " + image());
                assertThat(reader.ask("read " + image() + " 0 4096")).isEqualTo(crc(0, 4096));
                reader.send("read " + image() + " " + (1 << 20) + " 4096");
                await().atMost(SOON).until(() -> !first.ask("").equals("0"));
                first.kill();
            }
            // Asked with no daemon there at all.
            try (ChildJvm second = ChildJvm.reader()) {
                second.send("open " + image());
                try (ChildJvm next = daemon("quick", 60)) {
                    assertThat(reader.receive()).isEqualTo(crc(1 << 20, 4096));
                    assertThat(second.receive()).isEqualTo("done");
                    assertThat(second.ask("map " + image() + " 0 " + DaemonMain.SIZE))
                            .isEqualTo(crc(0, DaemonMain.SIZE));
                    next.kill();
                }
            }
            try (LazyMount mount = LazyMount.open(settings(), name -> Optional.of(new MemoryImageSource(bytes)))) {
                assertThat(mount.adopted()).isTrue();
                assertThat(mount.files()).extracting(LazyFile::name).containsExactly("image");
                // The page cache outlived both daemons.
                assertThat(reader.ask("read " + image() + " 0 " + DaemonMain.SIZE))
                        .isEqualTo(crc(0, DaemonMain.SIZE));
                LazyFile file = mount.file("image").orElseThrow();
                assertThat(file.touches().reads()).isZero();
                file.close();
                reader.ask("close " + image());
                file.gone().get(20, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aMountIsHandedOnWithinOneProcess() throws Exception {
        MemoryImageSource slow = new MemoryImageSource(bytes).hold(0, 4096);
        LazyMount first = LazyMount.open(settings());
        LazyFile file = first.add("image", slow);
        try (ChildJvm reader = ChildJvm.reader()) {
            reader.ask("open " + file.path());
            reader.send("read " + file.path() + " 0 4096");
            await().atMost(SOON).until(() -> slow.heldReads() == 1);
            first.leave();
            assertThat(slow.closed()).isTrue();
            slow.release(); // goes nowhere
            assertThat(mounted()).hasSize(1);
            try (LazyMount next = LazyMount.open(settings(), name -> Optional.of(new MemoryImageSource(bytes)))) {
                assertThat(reader.receive()).isEqualTo(crc(0, 4096));
                byte[] other = {1};
                LazyFile more = next.add("more", new MemoryImageSource(other));
                assertThat(more.node()).isGreaterThan(file.node());
                assertThat(reader.ask("open " + more.path())).isEqualTo("done");
                reader.ask("close " + more.path());
            }
        }
    }

    @Test
    void filesWhoseImageIsLostGiveErrors() throws Exception {
        try (ChildJvm reader = ChildJvm.reader()) {
            LazyMount first = LazyMount.open(settings());
            reader.ask(
                    "open " + first.add("image", new MemoryImageSource(bytes)).path());
            first.add("unused", new MemoryImageSource(bytes));
            first.leave();
            try (LazyMount next = LazyMount.open(settings())) {
                assertThat(reader.ask("read " + image() + " 0 4096")).contains("Input/output error");
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(next.files())
                                .extracting(LazyFile::name)
                                .containsExactly("image"));
                LazyFile fresh = next.add("image", new MemoryImageSource(new byte[] {7}));
                assertThat(next.file("image")).contains(fresh);
                reader.ask("close " + image());
                await().atMost(SOON).until(() -> next.files().equals(List.of(fresh)));
            }
        }
    }

    @Test
    void theHolderEndsWhenNobodyComesAndNobodyUsesTheMount() throws Exception {
        try (ChildJvm reader = ChildJvm.reader()) {
            try (ChildJvm daemon = daemon("quick", 0)) {
                reader.ask("open " + image());
                daemon.kill();
            }
            // Looked at each second, and in use.
            await().during(Duration.ofMillis(2500))
                    .atMost(SOON)
                    .until(() -> mounted().size() == 1 && holders().size() == 1);
            reader.ask("close " + image());
            await().atMost(SOON).until(() -> mounted().isEmpty() && holders().isEmpty());
        }
        assertThat(directory.resolve("m").resolve("holder")).doesNotExist();
    }

    @Test
    void whatWasLeftWithoutAHolderIsSwept() throws Exception {
        try (ChildJvm reader = ChildJvm.reader()) {
            try (ChildJvm daemon = daemon("held", 60)) {
                reader.ask("open " + image());
                reader.send("read " + image() + " " + (1 << 20) + " 4096");
                await().atMost(SOON).until(() -> !daemon.ask("").equals("0"));
                holders().forEach(ProcessHandle::destroyForcibly);
                await().atMost(SOON).until(() -> holders().isEmpty());
                daemon.kill();
            }
            assertThat(reader.receive()).startsWith("error ");
            assertThat(mounted()).hasSize(1);
            try (LazyMount mount = LazyMount.open(settings())) {
                assertThat(mount.adopted()).isFalse();
                assertThat(mount.files()).isEmpty();
                assertThat(mounted()).hasSize(1);
                LazyFile file = mount.add("image", new MemoryImageSource(bytes));
                reader.ask("open " + file.path());
                assertThat(reader.ask("read " + file.path() + " 0 4096")).isEqualTo(crc(0, 4096));
                reader.ask("close " + file.path());
            }
            assertThat(mounted()).isEmpty();
        }
    }

    @Test
    void theHostIsFitForIt() {
        LazySupport support = LazySupport.check();
        assertThat(support.obstacle()).isEmpty();
        assertThat(Files.exists(directory)).isTrue();
    }
}
