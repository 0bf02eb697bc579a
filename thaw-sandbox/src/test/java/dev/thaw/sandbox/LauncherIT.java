package dev.thaw.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real launcher with small programs in the VMM's place. */
class LauncherIT {
    private static final String USER = "399999";

    @TempDir
    Path directory;

    private Path launcher;

    @BeforeEach
    void install() throws Exception {
        launcher = directory.resolve("launcher");
        try (InputStream program = LauncherIT.class.getResourceAsStream("launcher")) {
            Files.copy(program, launcher);
        }
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void dropsPrivilegesAndInheritsOnlyWhatIsNamed() throws Exception {
        assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                .as("root's user id")
                .isEqualTo(0);
        Path data = Files.writeString(directory.resolve("data"), "for the VMM only");
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rw-------"));
        VmmExit exit =
                run(List.of("--user", USER + ":" + USER, "--limit", "nofile=200", "--open", "7=" + data), """
                id -u; id -G; cat <&7; echo; ls /proc/self/fd | tr '\\n' ' '
                cat %s 2>&1
                grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status
                ulimit -n
                exit 5
                """.formatted(
                                data));
        assertThat(exit.how()).isEqualTo("ended exit 5");
        assertThat(exit.said())
                .startsWith(USER + "\n" + USER + "\nfor the VMM only\n0 1 2 3 7 ")
                .contains("Permission denied")
                .contains("CapEff:\t0000000000000000")
                .contains("NoNewPrivs:\t1")
                .contains("Seccomp:\t2")
                .endsWith("200\n");
    }

    @Test
    void givesReadOnlyMemoryToWhoAsksForMore() throws Exception {
        Path memory = directory.resolve("memory");
        Files.write(memory, new byte[8192]);
        VmmExit exit = python(List.of("--private-file", memory.toString()), """
                import os, mmap
                f = os.open("%1$s", os.O_RDWR)
                m = mmap.mmap(f, 8192, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
                m[0] = 5
                try:
                    os.pwrite(f, b"x", 0)
                except OSError as e:
                    print("write:", e.strerror)
                try:
                    mmap.mmap(f, 8192, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
                except OSError as e:
                    print("shared:", e.strerror)
                o = os.open("%1$s.other", os.O_RDWR | os.O_CREAT)
                print("other:", os.write(o, b"abc"))
                """.formatted(memory));
        assertThat(exit.said()).isEqualTo("write: Bad file descriptor\nshared: Permission denied\nother: 3\n");
        assertThat(Files.readAllBytes(memory)).containsOnly(0);
    }

    /** Whatever is as large as guest memory is taken for it. */
    @Test
    void guestMemoryGetsNoHugePages() throws Exception {
        VmmExit exit = python(List.of("--guest-memory", Long.toString(8 << 20)), """
                import mmap
                def huge():
                    return sum("hg" in line.split() for line in open("/proc/self/smaps") if line.startswith("VmFlags:"))
                before = huge()
                for size in (8 << 20, 6 << 20):
                    m = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
                    m.madvise(14)
                    print(size >> 20, huge() - before)
                """);
        assertThat(exit.said()).isEqualTo("8 0\n6 1\n");
    }

    @Test
    void theVmmWaitsForItsLateFilesAndCanOnlyReadThem() throws Exception {
        Path memory = Files.writeString(directory.resolve("memory"), "m");
        Path rootfs = Files.writeString(directory.resolve("rootfs"), "r");
        Path state = Files.writeString(directory.resolve("state"), "s");
        Path program = Files.writeString(directory.resolve("program.py"), """
                import os
                print("before:", os.read(8, 1))
                for name in ("memory", "rootfs", "memory"):
                    f = os.open("/late/" + name, os.O_RDWR)
                    print(name, os.read(f, 1))
                    try:
                        os.write(f, b"x")
                    except OSError as e:
                        print(e.strerror)
                print("state:", os.read(8, 1))
                try:
                    os.open("/late/other", os.O_RDWR)
                except OSError as e:
                    print(e.strerror)
                """);
        try (VmmProcess process = VmmProcess.start(List.of(
                launcher.toString(),
                "--open",
                "8=/dev/null",
                "--late",
                "8",
                "--",
                "/usr/bin/env",
                "python3",
                "-u",
                program.toString()))) {
            assertThatThrownBy(() -> process.exited().get(500, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            process.hold();
            process.nameFiles(memory, rootfs, state);
            assertThat(process.exited().get(20, TimeUnit.SECONDS).said()).isEqualTo("""
                    before: b''
                    memory b'm'
                    Bad file descriptor
                    rootfs b'r'
                    Bad file descriptor
                    memory b'm'
                    Bad file descriptor
                    state: b's'
                    No such file or directory
                    """);
        }
    }

    @Test
    void aVmmThatWaitsForItsLateFilesDiesWithItsDaemon() throws Exception {
        Path program =
                Files.writeString(directory.resolve("program.py"), "import os; os.open('/late/memory', os.O_RDWR)\n");
        Orphan orphan = Orphan.start(
                launcher, "", "--open 8=/dev/null --late 8", "/usr/bin/env python3 " + program.toAbsolutePath());
        orphan.killDaemon();
        orphan.awaitEnd();
    }

    @Test
    void deniesWhatNoVmmNeeds() throws Exception {
        VmmExit exit = python(List.of(), """
                import ctypes, os, socket
                libc = ctypes.CDLL(None, use_errno=True)
                for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
                    try:
                        socket.socket(family)
                        print("socket", family)
                    except PermissionError:
                        pass
                socket.socket(socket.AF_UNIX).close()
                for name, number in dict(mount=165, ptrace=101, bpf=321, unshare=272, setns=308, reboot=169, userfaultfd=323).items():
                    if libc.syscall(number, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1:
                        print(name, ctypes.get_errno())
                print("done")
                """);
        assertThat(exit.said()).isEqualTo("done\n");
    }

    @Test
    void listensBeforeTheVmmExists() throws Exception {
        Path socket = directory.resolve("s");
        try (VmmProcess process = start(List.of("--listen", "5=" + socket), "exec sleep 60");
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(channel.isConnected()).isTrue();
            assertThat(process.exited()).isNotDone();
        }
    }

    @Test
    void dies() throws Exception {
        VmmProcess process = start(List.of(), "exec sleep 60");
        process.close();
        assertThat(process.exited().get(1, TimeUnit.SECONDS).how()).isEqualTo("ended signal 9");
        assertThat(ProcessHandle.of(process.pid())).isEmpty();
    }

    /** A daemon that dies without a word; a sleeping shell stands for it, whose end closes the pipe. */
    private record Orphan(Process shell, ProcessHandle vmm, ProcessHandle launcher) {
        static Orphan start(Path launcher, String said, String options) throws Exception {
            return start(launcher, said, options, "/bin/sleep 60");
        }

        static Orphan start(Path launcher, String said, String options, String vmmCommand) throws Exception {
            Process shell = new ProcessBuilder(
                            "/bin/sh",
                            "-c",
                            "(printf '" + said + "'; exec sleep 60) | " + launcher + " " + options + " -- "
                                    + vmmCommand)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String line = shell.inputReader().readLine();
            ProcessHandle vmm = ProcessHandle.of(Long.parseLong(line.substring("started ".length())))
                    .orElseThrow();
            return new Orphan(shell, vmm, vmm.parent().orElseThrow());
        }

        void killDaemon() {
            shell.descendants()
                    .filter(process -> process.pid() != vmm.pid() && process.pid() != launcher.pid())
                    .forEach(ProcessHandle::destroyForcibly);
        }

        void awaitEnd() throws Exception {
            await().until(() -> !vmm.isAlive() && !launcher.isAlive());
            shell.waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void theVmmDiesWithItsDaemonUnlessHeldAndWithItsLauncher() throws Exception {
        String adoptable = "--adopt-at " + directory.resolve("a") + " --patience 60";
        Orphan free = Orphan.start(launcher, "hr", adoptable);
        free.killDaemon();
        free.awaitEnd();

        Files.delete(directory.resolve("a"));
        Orphan held = Orphan.start(launcher, "h", adoptable);
        held.killDaemon();
        // It says so to the next daemon: it has heard of the pipe's end, and lives.
        try (VmmProcess next = VmmProcess.adopt(directory.resolve("a"))) {
            assertThat(next.pid()).isEqualTo(held.vmm().pid());
            assertThat(held.vmm().isAlive()).isTrue();
            held.launcher().destroyForcibly();
            assertThat(next.exited().get(10, TimeUnit.SECONDS).how()).contains("killed");
        }
        held.awaitEnd();
    }

    @Test
    void anAdoptedVmmIsTheNextDaemonsAndCanBeLeftOnceMore() throws Exception {
        Path socket = directory.resolve("a");
        Orphan orphan = Orphan.start(launcher, "h", "--adopt-at " + socket + " --patience 60");
        orphan.killDaemon();
        VmmProcess.adopt(socket).letGo();
        VmmProcess third = VmmProcess.adopt(socket);
        assertThat(third.pid()).isEqualTo(orphan.vmm().pid());
        third.close();
        assertThat(third.exited().get(1, TimeUnit.SECONDS).how()).isEqualTo("ended signal 9");
        orphan.awaitEnd();
        assertThatThrownBy(() -> VmmProcess.adopt(socket)).hasMessageContaining("has ended");
    }

    @Test
    void theNextDaemonWaitsForTheOneThatHoldsOn() throws Exception {
        Path socket = directory.resolve("a");
        VmmProcess first = VmmProcess.start(List.of(
                launcher.toString(), "--adopt-at", socket.toString(), "--patience", "60", "--", "/bin/sleep", "60"));
        CompletableFuture<VmmProcess> next = CompletableFuture.supplyAsync(() -> {
            try {
                return VmmProcess.adopt(socket);
            } catch (SandboxException e) {
                throw new IllegalStateException(e);
            }
        });
        first.hold();
        assertThat(first.exited()).isNotDone();
        first.letGo();
        try (VmmProcess adopted = next.get(10, TimeUnit.SECONDS)) {
            assertThat(adopted.pid()).isEqualTo(first.pid());
        }
        assertThat(ProcessHandle.of(first.pid())).isEmpty();
    }

    @Test
    void anOrphanThatNobodyAdoptsEndsAfterItsPatience() throws Exception {
        Orphan orphan = Orphan.start(launcher, "h", "--adopt-at " + directory.resolve("a") + " --patience 0");
        orphan.killDaemon();
        orphan.awaitEnd();
    }

    @Test
    void saysWhatItCannotDo() throws Exception {
        assertThatThrownBy(() -> start(List.of("--frobnicate", "1"), "true")).hasMessageContaining("unknown option");
        assertThatThrownBy(() -> start(List.of("--open", "5=/does/not/exist"), "true"))
                .hasMessageContaining("/does/not/exist: No such file or directory");
        try (VmmProcess process = VmmProcess.start(List.of(launcher.toString(), "--", "/no/such/program"))) {
            assertThat(process.exited().get(10, TimeUnit.SECONDS).text()).contains("/no/such/program: No such file");
        }
    }

    private VmmProcess start(List<String> options, String script) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(options);
        command.addAll(List.of("--", "/bin/sh", "-c", script));
        return VmmProcess.start(command);
    }

    private VmmExit run(List<String> options, String script) throws Exception {
        try (VmmProcess process = start(options, script)) {
            return process.exited().get(20, TimeUnit.SECONDS);
        }
    }

    private VmmExit python(List<String> options, String program) throws Exception {
        Path file = Files.writeString(directory.resolve("program.py"), program);
        return run(options, "exec /usr/bin/env python3 " + file);
    }
}
