package dev.thaw.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

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
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ObjectAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** QEMUs that stand by, with real guests. */
class PreparedQemuIT {
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
    private static Path memory;
    private static Path state;
    private static Path run;
    private static QemuProvider provider;

    @BeforeAll
    static void freeze() throws Exception {
        rootfs = BusyboxImage.build(directory);
        memory = directory.resolve("memory");
        state = directory.resolve("state");
        run = Files.createTempDirectory(Path.of("/tmp"), "thaw");
        provider = open();
        BootSpec boot = new BootSpec(
                "original",
                SHAPE,
                rootfs,
                Optional.empty(),
                new FunctionProcess(
                        List.of("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"),
                        List.of("PATH=/bin"),
                        "/",
                        "",
                        15,
                        8080),
                GuestIdentity.fresh("original"),
                TIMEOUT,
                NO_LOG);
        try (Sandbox sandbox = provider.boot(boot, new PhaseClock(System::nanoTime))) {
            get(sandbox, "/cgi-bin/remember");
            FrozenSandbox frozen = sandbox.freeze(TIMEOUT);
            Files.copy(frozen.memory(), memory);
            Files.write(state, frozen.deviceState());
        }
    }

    private static QemuProvider open() throws SandboxException {
        return QemuProvider.open(
                directory.resolve("data"),
                run,
                BusyboxImage.softwareCache(),
                EgressSettings.ofThisHost(),
                Clock.systemUTC());
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(run).isEmptyDirectory();
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @AfterAll
    static void close() throws Exception {
        provider.close();
        Files.delete(run);
    }

    private static ThawSpec spec(String id) {
        return spec(id, memory, state);
    }

    private static ThawSpec spec(String id, Path memory, Path state) {
        return new ThawSpec(id, SHAPE, rootfs, memory, state, GuestIdentity.fresh(id), TIMEOUT, NO_LOG);
    }

    private static PreparedSandbox prepare() throws SandboxException {
        return provider.prepare(SHAPE).orElseThrow();
    }

    private static String get(Sandbox sandbox, String path) throws Exception {
        ByteBuffer request = UTF_8.encode("GET " + path + " HTTP/1.0\r\n\r\n");
        try (FunctionConnection connection = sandbox.connect(request, TIMEOUT)) {
            return new String(connection.input().readAllBytes(), UTF_8);
        }
    }

    @Test
    void becomesACloneLikeAnyOther() throws Exception {
        byte[] before = Files.readAllBytes(memory);
        PhaseClock phases = new PhaseClock(System::nanoTime);
        try (PreparedSandbox one = prepare();
                PreparedSandbox two = prepare();
                Sandbox fresh = provider.thaw(spec("fresh"), new PhaseClock(System::nanoTime));
                Sandbox first = one.thaw(spec("first"), phases);
                Sandbox second = two.thaw(spec("second"), new PhaseClock(System::nanoTime))) {
            assertThat(phases.millis().keySet()).containsExactly(Phase.VMM, Phase.LOAD, Phase.RESUME, Phase.RENEW);
            for (Sandbox sandbox : List.of(fresh, first, second)) {
                assertThat(get(sandbox, "/cgi-bin/recall")).endsWith("kept\n");
                assertUnprivileged(sandbox.pid());
            }
            List<String> one1 = get(first, "/cgi-bin/identity").lines().toList();
            List<String> two1 = get(second, "/cgi-bin/identity").lines().toList();
            for (int line = one1.indexOf("") + 1; line < one1.size(); line++) {
                assertThat(one1.get(line)).isNotEqualTo(two1.get(line));
            }
        }
        assertThat(Files.readAllBytes(memory)).isEqualTo(before);
    }

    /** It has its own user, no capability, and can only read the files that it was given. */
    private static void assertUnprivileged(long pid) throws Exception {
        String status = Files.readString(Path.of("/proc/" + pid + "/status"));
        assertThat(status)
                .contains("CapEff:\t0000000000000000")
                .contains("NoNewPrivs:\t1")
                .contains("Seccomp:\t2");
        if (Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            assertThat(status).doesNotContainPattern("Uid:\t0\t");
        }
        int given = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                Path file = Files.readSymbolicLink(descriptor);
                if (file.equals(memory) || file.equals(rootfs)) {
                    given++;
                    assertThat(Files.readString(Path.of(
                                    "/proc/" + pid + "/fdinfo",
                                    descriptor.getFileName().toString())))
                            .as("flags of %s", file)
                            .containsPattern("flags:\\s+0[0-7]*[04]\n");
                }
            }
        }
        assertThat(given).isGreaterThanOrEqualTo(2);
    }

    @Test
    void isNotKeptForGuestsWithANetwork() throws Exception {
        assertThat(provider.prepare(new MachineShape(SHAPE.memoryBytes(), 1, Egress.INTERNET)))
                .isEmpty();
    }

    @Test
    void whatWasNotUsedEndsWithItsProvider() throws Exception {
        try (QemuProvider other = open()) {
            assertThat(other.prepare(SHAPE)).isPresent();
            assertThat(other.prepare(new MachineShape(64L << 20, 2))).isPresent();
            assertThat(run).isNotEmptyDirectory();
        }
    }

    @Test
    void tellsOfItsDeath() throws Exception {
        try (PreparedSandbox prepared = prepare()) {
            ProcessHandle launcher =
                    ProcessHandle.current().children().findFirst().orElseThrow();
            launcher.children().forEach(ProcessHandle::destroyForcibly);
            assertThat(prepared.ended().get(20, TimeUnit.SECONDS).text()).contains("signal 9");
            assertThatThrownBy(() -> prepared.thaw(spec("late"), new PhaseClock(System::nanoTime)))
                    .asInstanceOf(type(SandboxException.class))
                    .extracting(SandboxException::code)
                    .isEqualTo(Code.VMM_DIED);
        }
    }

    @Test
    void failsWithTheReasonAndLeavesNothing() throws Exception {
        Path wrong = Files.write(directory.resolve("wrong"), new byte[60_000]);
        assertFails(spec("a", memory, wrong)).extracting(SandboxException::code).isIn(Code.VMM_REFUSED, Code.VMM_DIED);
        assertFails(spec("b", directory.resolve("no-such-file"), state))
                .extracting(Throwable::getMessage, STRING)
                .contains("No such file");
        assertFails(spec("c", memory, directory.resolve("no-such-file")))
                .extracting(Throwable::getMessage, STRING)
                .contains("No such file");
        Files.createFile(Files.createDirectory(run.resolve("taken")).resolve("file"));
        assertFails(spec("taken")).extracting(SandboxException::code).isIn(Code.HOST, Code.VMM_DIED);
        Files.delete(run.resolve("taken/file"));
        Files.delete(run.resolve("taken"));
    }

    private static ObjectAssert<SandboxException> assertFails(ThawSpec spec) throws Exception {
        try (PreparedSandbox prepared = prepare()) {
            return assertThatThrownBy(() -> prepared.thaw(spec, new PhaseClock(System::nanoTime)))
                    .asInstanceOf(type(SandboxException.class));
        }
    }

    @Test
    void deathAtAnyMomentOfAThawIsAFailureThatLeavesNothing() throws Exception {
        long seed = Long.getLong("thaw.seed", System.nanoTime());
        Random random = new Random(seed);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int turn = 0; turn < 12; turn++) {
                PreparedSandbox prepared = prepare();
                List<ProcessHandle> victims =
                        ProcessHandle.current().descendants().toList();
                String id = "turn-" + turn;
                Future<Sandbox> thaw = threads.submit(() -> prepared.thaw(spec(id), new PhaseClock(System::nanoTime)));
                TimeUnit.MICROSECONDS.sleep(random.nextInt(40_000));
                victims.get(random.nextInt(victims.size())).destroyForcibly();
                try (Sandbox sandbox = thaw.get(60, TimeUnit.SECONDS)) {
                    assertThat(sandbox.exited().get(20, TimeUnit.SECONDS)).isNotNull();
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).as("seed " + seed).isInstanceOf(SandboxException.class);
                }
                assertThat(run).as("seed " + seed).isEmptyDirectory();
            }
        }
    }

    @Test
    void canBeLeftToTheNextProcess() throws Exception {
        long pid;
        try (QemuProvider first = open()) {
            Sandbox clone = first.prepare(SHAPE).orElseThrow().thaw(spec("left"), new PhaseClock(System::nanoTime));
            pid = clone.pid();
            clone.keep("a note");
            clone.letGo(TIMEOUT);
        }
        try (QemuProvider next = open()) {
            assertThat(next.left()).hasSize(1);
            LeftSandbox left = next.left().getFirst();
            assertThat(left.id()).isEqualTo("left");
            assertThat(left.note()).isEqualTo("a note");
            Sandbox adopted = left.adopt(NO_LOG, TIMEOUT);
            assertThat(adopted.pid()).isEqualTo(pid);
            assertThat(get(adopted, "/cgi-bin/recall")).endsWith("kept\n");
        }
    }
}
