package dev.thaw.guest;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A QEMU machine for the guest's own tests: boots the real kernel with the real agent, freezes, and thaws into another machine. */
final class GuestMachine implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(60);

    private static final int MEMORY_MIB = 128;

    private final Path folder;
    private final Process process;
    private final Qmp qmp;

    private GuestMachine(Path folder, Process process) throws IOException {
        this.folder = folder;
        this.process = process;
        Qmp opened = null;
        try {
            awaitFile(folder.resolve("qmp.sock"));
            opened = new Qmp(folder.resolve("qmp.sock"));
        } finally {
            if (opened == null) {
                process.destroyForcibly();
            }
        }
        this.qmp = opened;
    }

    /** Boots; the memory is a file in the folder that outlives the machine. */
    static GuestMachine boot(Path folder, GuestFiles files) throws IOException {
        KernelCommandLine line = new KernelCommandLine(true, TscFrequency.hostKilohertz(), true);
        return start(
                folder,
                files.rootImage(),
                folder.resolve("memory"),
                true,
                List.of(
                        "-kernel",
                        files.kernel().vmlinuz().toString(),
                        "-initrd",
                        files.initramfs().file().toString(),
                        "-append",
                        line.render()));
    }

    /** Prepares a machine that continues from a frozen one's memory and state; {@link #resume} runs it. */
    static GuestMachine thaw(Path folder, Path rootImage, Path memory, Path state) throws IOException {
        GuestMachine machine = start(folder, rootImage, memory, false, List.of("-incoming", "defer", "-S"));
        machine.ignoreSharedMemory();
        machine.qmp.run("{\"execute\": \"migrate-incoming\", \"arguments\": {\"uri\": \"exec:cat " + state + "\"}}");
        await().atMost(LIMIT).until(() -> !machine.status().equals("inmigrate"));
        return machine;
    }

    private static GuestMachine start(Path folder, Path rootImage, Path memory, boolean share, List<String> more)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "qemu-system-x86_64",
                "-M",
                "microvm,acpi=on,memory-backend=m0",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-m",
                MEMORY_MIB + "M",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
                "-object",
                String.format(
                        Locale.ROOT,
                        "memory-backend-file,id=m0,size=%dM,mem-path=%s,share=%s",
                        MEMORY_MIB,
                        memory,
                        share ? "on" : "off"),
                "-serial",
                "file:" + folder.resolve("console.log"),
                "-blockdev",
                "driver=file,filename=" + rootImage + ",node-name=d0,read-only=on,auto-read-only=off",
                "-device",
                "virtio-blk-device,drive=d0",
                "-device",
                "virtio-serial-device",
                "-chardev",
                "socket,id=c0,path=" + folder.resolve("agent.sock") + ",server=on,wait=off",
                "-device",
                "virtserialport,chardev=c0,name=thaw.agent",
                "-qmp",
                "unix:" + folder.resolve("qmp.sock") + ",server=on,wait=off"));
        command.addAll(more);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("qemu.log").toFile())
                .start();
        return new GuestMachine(folder, process);
    }

    /** The host's end of the agent's port. */
    SocketChannel port() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(folder.resolve("agent.sock")));
        return channel;
    }

    /** Stops the machine and writes its device state; what its memory holds stays in the memory file. */
    void freeze(Path state) throws IOException {
        qmp.run("{\"execute\": \"stop\"}");
        ignoreSharedMemory();
        qmp.run("{\"execute\": \"migrate\", \"arguments\": {\"uri\": \"exec:cat > " + state + "\"}}");
        await().atMost(LIMIT)
                .until(() -> qmp.run("{\"execute\": \"query-migrate\"}")
                        .path("status")
                        .asString()
                        .equals("completed"));
    }

    void resume() throws IOException {
        qmp.run("{\"execute\": \"cont\"}");
    }

    boolean awaitPowerOff() throws InterruptedException {
        return process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** The processor time that the machine has used. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    private String status() throws IOException {
        return qmp.run("{\"execute\": \"query-status\"}").path("status").asString();
    }

    private void ignoreSharedMemory() throws IOException {
        qmp.run("{\"execute\": \"migrate-set-capabilities\", \"arguments\": {\"capabilities\": "
                + "[{\"capability\": \"x-ignore-shared\", \"state\": true}]}}");
    }

    private static void awaitFile(Path file) {
        await().atMost(LIMIT).until(() -> Files.exists(file));
    }

    @Override
    public void close() throws IOException {
        qmp.close();
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
