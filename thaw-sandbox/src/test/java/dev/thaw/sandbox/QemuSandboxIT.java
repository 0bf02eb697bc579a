package dev.thaw.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.sandbox.SandboxException.Code;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real guests under a real QEMU, with busybox's web server as the function. */
class QemuSandboxIT {
    private static final MachineShape SHAPE = new MachineShape(128L << 20, 1);
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final AgentLog NO_LOG = new AgentLog() {
        @Override
        public void append(Source source, byte[] bytes) {}

        @Override
        public void dropped(long bytes) {}
    };

    @TempDir
    static Path directory;

    private static Path rootfs;
    private static Path runDirectory;
    private static QemuProvider provider;

    @BeforeAll
    static void open() throws Exception {
        rootfs = BusyboxImage.build(directory);
        runDirectory = Files.createTempDirectory(Path.of("/tmp"), "thaw");
        provider = QemuProvider.open(
                directory.resolve("data"),
                runDirectory,
                BusyboxImage.softwareCache(),
                EgressSettings.ofThisHost(),
                Clock.systemUTC());
    }

    @AfterAll
    static void close() throws Exception {
        provider.close();
        try (Stream<Path> left = Files.list(runDirectory)) {
            assertThat(left).isEmpty();
        }
        Files.delete(runDirectory);
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @Test
    void bootsFreezesGoesOnAndThawsDistinctClones() throws Exception {
        PhaseClock bootPhases = new PhaseClock(System::nanoTime);
        Path memory = directory.resolve("memory");
        Path state = directory.resolve("state");
        String original;
        try (Sandbox sandbox = provider.boot(
                boot("booted-1", List.of("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www")), bootPhases)) {
            assertThat(bootPhases.millis().keySet()).containsExactly(Phase.VMM, Phase.KERNEL, Phase.APP);
            assertThat(get(sandbox, "/")).endsWith("hello from a guest\n");
            get(sandbox, "/cgi-bin/remember");
            original = get(sandbox, "/cgi-bin/identity");
            FrozenSandbox frozen = sandbox.freeze(Duration.ofSeconds(5));
            Files.write(state, frozen.deviceState());
            Files.copy(frozen.memory(), memory);
            frozen.resume();
            assertThat(get(sandbox, "/")).endsWith("hello from a guest\n");
            assertThat(sandbox.exited()).isNotDone();
        }
        assertThat(Files.size(memory)).isEqualTo(SHAPE.memoryBytes());
        byte[] before = Files.readAllBytes(memory);

        PhaseClock thawPhases = new PhaseClock(System::nanoTime);
        try (Sandbox first = provider.thaw(thaw("clone-1", memory, state), thawPhases);
                Sandbox second = provider.thaw(thaw("clone-2", memory, state), new PhaseClock(System::nanoTime))) {
            assertThat(thawPhases.millis().keySet()).containsExactly(Phase.VMM, Phase.LOAD, Phase.RESUME, Phase.RENEW);
            assertThat(get(first, "/cgi-bin/recall")).endsWith("kept\n");
            List<String> one = get(first, "/cgi-bin/identity").lines().toList();
            List<String> two = get(second, "/cgi-bin/identity").lines().toList();
            List<String> zero = original.lines().toList();
            int head = one.indexOf("") + 1;
            assertThat(one.size() - head).isEqualTo(4);
            for (int line = head; line < one.size(); line++) {
                assertThat(List.of(one.get(line), two.get(line), zero.get(line)))
                        .doesNotHaveDuplicates();
            }
        }
        assertThat(Files.readAllBytes(memory))
                .as("the snapshot's memory after two clones")
                .isEqualTo(before);

        BareRestore.Result floor =
                new BareRestore(directory).run(SHAPE, memory, state, rootfs, "GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8));
        assertThat(floor.firstResponseMillis()).isGreaterThan(floor.initializationMillis());

        // A state that no machine of this kind could have.
        Files.write(state, new byte[60_000]);
        assertThatThrownBy(() -> provider.thaw(thaw("clone-3", memory, state), new PhaseClock(System::nanoTime)))
                .asInstanceOf(type(SandboxException.class))
                .extracting(SandboxException::code)
                .isIn(Code.VMM_REFUSED, Code.VMM_DIED);
    }

    @Test
    void whatIsLeftIsAdoptedIfItIsHealthy() throws Exception {
        List<String> server = List.of("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www");
        Path run = Files.createTempDirectory(Path.of("/tmp"), "thaw");
        long pid;
        try (QemuProvider first = QemuProvider.open(
                directory.resolve("left"),
                run,
                BusyboxImage.softwareCache(),
                EgressSettings.ofThisHost(),
                Clock.systemUTC())) {
            Sandbox healthy = first.boot(boot("left-1", server), new PhaseClock(System::nanoTime));
            Sandbox dies = first.boot(boot("left-2", server), new PhaseClock(System::nanoTime));
            get(healthy, "/cgi-bin/remember");
            pid = healthy.pid();
            for (Sandbox sandbox : List.of(healthy, dies)) {
                sandbox.keep("a note for " + sandbox.id());
                FrozenSandbox frozen = sandbox.freeze(TIMEOUT);
                frozen.resume();
                sandbox.letGo(TIMEOUT);
            }
            ProcessHandle.of(dies.pid()).orElseThrow().destroyForcibly();
            await().until(() -> ProcessHandle.of(dies.pid()).isEmpty());
            Files.createDirectory(run.resolve("of-a-dead-vmm"));
        }
        for (int turn = 0; turn < 2; turn++) {
            try (QemuProvider next = QemuProvider.open(
                    directory.resolve("left"),
                    run,
                    BusyboxImage.softwareCache(),
                    EgressSettings.ofThisHost(),
                    Clock.systemUTC())) {
                assertThat(run.resolve("of-a-dead-vmm")).doesNotExist();
                List<LeftSandbox> left = next.left();
                assertThat(left).hasSize(turn == 0 ? 2 : 1);
                for (LeftSandbox one : left) {
                    assertThat(one.note()).isEqualTo("a note for " + one.id());
                    if (one.id().equals("left-2")) {
                        assertThatThrownBy(() -> one.adopt(NO_LOG, TIMEOUT)).isInstanceOf(SandboxException.class);
                        assertThat(run.resolve("left-2")).doesNotExist();
                        continue;
                    }
                    Sandbox adopted = one.adopt(NO_LOG, TIMEOUT);
                    assertThat(adopted.pid()).isEqualTo(pid);
                    assertThat(get(adopted, "/cgi-bin/recall")).endsWith("kept\n");
                    adopted.keep("a note for left-1");
                    if (turn == 0) {
                        adopted.letGo(TIMEOUT);
                    }
                }
            }
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(run).isEmptyDirectory();
        Files.delete(run);
    }

    @Test
    void tellsWhyABootFailed() {
        assertThatThrownBy(() -> provider.boot(
                        boot("failing-1", List.of("/bin/busybox", "sh", "-c", "exit 7")),
                        new PhaseClock(System::nanoTime)))
                .hasMessageContaining("exited with code 7")
                .asInstanceOf(type(SandboxException.class))
                .extracting(SandboxException::code)
                .isEqualTo(Code.FUNCTION);
    }

    @Test
    void tellsThatTheVmmWasKilled() throws Exception {
        try (Sandbox sandbox = provider.boot(
                boot("killed-1", List.of("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www")),
                new PhaseClock(System::nanoTime))) {
            ProcessHandle.of(sandbox.pid()).orElseThrow().destroyForcibly();
            assertThat(sandbox.exited().get(20, TimeUnit.SECONDS).text()).contains("signal 9");
            await().untilAsserted(
                            () -> assertThatThrownBy(() -> get(sandbox, "/")).isInstanceOf(SandboxException.class));
        }
    }

    private static BootSpec boot(String id, List<String> argv) {
        return new BootSpec(
                id,
                SHAPE,
                rootfs,
                Optional.empty(),
                new FunctionProcess(argv, List.of("PATH=/bin"), "/", "", 15, 8080),
                GuestIdentity.fresh(id),
                TIMEOUT,
                NO_LOG);
    }

    private static ThawSpec thaw(String id, Path memory, Path state) {
        return new ThawSpec(id, SHAPE, rootfs, memory, state, GuestIdentity.fresh(id), TIMEOUT, NO_LOG);
    }

    private static String get(Sandbox sandbox, String path) throws Exception {
        ByteBuffer request = UTF_8.encode("GET " + path + " HTTP/1.0\r\n\r\n");
        try (FunctionConnection connection = sandbox.connect(request, TIMEOUT)) {
            String response = new String(connection.input().readAllBytes(), UTF_8);
            assertThat(response).matches("(?s)HTTP/1\\.[01] 200 .*");
            return response;
        }
    }
}
