package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Command lines of the launcher and of QEMU's {@code microvm} machine. A guest that was booted with one can be thawed with the other: the
 * devices are the same, in the same order; only where memory comes from differs.
 */
final class QemuCommand {
    static final String AGENT_PORT = "thaw.agent";
    static final String AGENT_SOCKET = "agent.sock";
    static final String CONTROL_SOCKET = "qmp.sock";
    static final String LAUNCHER_SOCKET = "launcher.sock";

    /** How long an instance that was left to the next daemon waits for it. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    // Descriptors that the launcher opens and QEMU inherits, so that QEMU itself needs no access to any folder.
    private static final int CONTROL = 3;
    private static final int AGENT = 4;
    private static final int ROOTFS = 5;
    private static final int KERNEL = 6;
    private static final int INITRAMFS = 7;
    private static final int DEVICE_STATE = 8;
    private static final int TAP = 9;

    static final String EGRESS_RULES = "egress.nft";

    /** The same for every guest, as its address is: see the launcher's egress.c. */
    private static final String GUEST_MAC = "02:74:68:61:77:02";

    /** The disk's, which means nothing to guests; but a QEMU that is not told reads its first block to guess, before it is there. */
    private static final String GEOMETRY = ",cyls=1024,heads=16,secs=63";

    /** What the guest can see of its machine; a change makes older snapshots misfits. */
    private static final String DEVICES = "microvm,acpi=on;serial;virtio-blk:ro;virtio-serial:" + AGENT_PORT + ";1";

    static String deviceList(MachineShape shape) {
        return shape.egress() == Egress.NONE ? DEVICES : DEVICES + ";virtio-net:" + GUEST_MAC + ";1";
    }

    /** Names that a prepared VMM opens; the launcher (opens.c) gives it files in their place. */
    private static final String LATE_MEMORY = "/late/memory";

    private static final String LATE_ROOTFS = "/late/rootfs";

    /** Where a thawed guest's device state is read from. */
    static final String INCOMING_STATE = "fd:" + DEVICE_STATE;

    private final QemuHost host;
    private final Path launcher;
    private final Optional<Path> nft;

    /** @param nft the program that loads network rules; needed for guests with a network only */
    QemuCommand(QemuHost host, Path launcher, Optional<Path> nft) {
        this.host = requireNonNull(host, "host is null");
        this.launcher = requireNonNull(launcher, "launcher is null");
        this.nft = requireNonNull(nft, "nft is null");
    }

    List<String> boot(VmmUser user, Path runDirectory, BootSpec spec, GuestSoftware guest, String kernelCommandLine) {
        List<String> command = launch(user, runDirectory, spec.shape(), spec.rootfs());
        open(command, KERNEL, guest.kernel());
        open(command, INITRAMFS, guest.initramfs());
        command.add("--");
        machine(
                command,
                spec.shape(),
                "memory-backend-memfd,id=m0,share=on,size=" + spec.shape().memoryBytes());
        command.addAll(List.of(
                "-kernel", "/proc/self/fd/" + KERNEL,
                "-initrd", "/proc/self/fd/" + INITRAMFS,
                "-append", kernelCommandLine));
        return command;
    }

    List<String> thaw(VmmUser user, Path runDirectory, ThawSpec spec) {
        List<String> command = launch(user, runDirectory, spec.shape(), spec.rootfs());
        open(command, DEVICE_STATE, spec.deviceState());
        command.addAll(List.of("--private-file", spec.memory().toString(), "--"));
        machine(
                command,
                spec.shape(),
                "memory-backend-file,id=m0,share=off,size=" + spec.shape().memoryBytes() + ",mem-path="
                        + escaped(spec.memory()));
        command.addAll(List.of("-incoming", "defer", "-S"));
        return command;
    }

    /** A VMM that waits for the files of any guest of that shape: see {@link PreparedQemu}. */
    List<String> prepared(VmmUser user, Path runDirectory, MachineShape shape) {
        List<String> command = launch(user, runDirectory, shape);
        // In whose place the launcher puts the device state.
        open(command, DEVICE_STATE, Path.of("/dev/null"));
        command.addAll(List.of("--late", Integer.toString(DEVICE_STATE), "--"));
        program(command);
        command.addAll(devices(host, shape, List.of(), "fd=" + CONTROL, "fd=" + AGENT, List.of()));
        command.addAll(List.of("-preconfig", "-incoming", "defer", "-S"));
        return command;
    }

    /** Of the command that gives a prepared VMM its memory. */
    static Map<String, ?> lateMemory(MachineShape shape) {
        return Map.of(
                "qom-type", "memory-backend-file", "id", "m0", "mem-path", LATE_MEMORY, "size", shape.memoryBytes());
    }

    static Map<String, ?> useLateMemory() {
        return Map.of("path", "/machine", "property", "memory-backend", "value", "m0");
    }

    /**
     * Of the command that gives a prepared VMM its root file system. The guest's disk is read-only; the file beneath is opened read-write, since that is what the launcher
     * is asked about, and it gives a descriptor that can only be read.
     */
    static Map<String, ?> lateRootfs() {
        return Map.of(
                "driver",
                "raw",
                "node-name",
                "d0",
                "read-only",
                true,
                "file",
                Map.of(
                        "driver",
                        "file",
                        "filename",
                        LATE_ROOTFS,
                        "locking",
                        "off",
                        "drop-cache",
                        false,
                        "read-only",
                        false));
    }

    private List<String> launch(VmmUser user, Path runDirectory, MachineShape shape, Path rootfs) {
        List<String> command = launch(user, runDirectory, shape);
        open(command, ROOTFS, rootfs);
        return command;
    }

    private List<String> launch(VmmUser user, Path runDirectory, MachineShape shape) {
        List<String> command =
                new ArrayList<>(List.of(launcher.toString(), "--guest-memory", Long.toString(shape.memoryBytes())));
        if (user.separate()) {
            command.addAll(List.of("--user", user.uid() + ":" + user.uid() + host.extraGroup()));
            // Threads count against the user: QEMU's own, one for each virtual processor, and its pool for blocks.
            command.addAll(List.of("--limit", "nproc=" + (128 + 2 * shape.cpus())));
        }
        command.addAll(List.of(
                "--limit", "core=0",
                "--limit", "nofile=512",
                "--limit", "memlock=" + (1 << 20),
                // The boot memory is a memfd, to which the limit on file sizes applies too.
                "--limit", "fsize=" + shape.memoryBytes(),
                "--limit", "as=" + (shape.memoryBytes() + (6L << 30)),
                "--listen", CONTROL + "=" + runDirectory.resolve(CONTROL_SOCKET),
                "--listen", AGENT + "=" + runDirectory.resolve(AGENT_SOCKET),
                "--adopt-at", runDirectory.resolve(LAUNCHER_SOCKET).toString(),
                "--patience", Long.toString(PATIENCE.toSeconds())));
        if (shape.egress() == Egress.INTERNET) {
            command.addAll(List.of(
                    "--egress",
                    TAP + "=" + runDirectory.resolve(EGRESS_RULES),
                    "--nft",
                    nft.orElseThrow().toString()));
        }
        return command;
    }

    private static void open(List<String> command, int descriptor, Path file) {
        command.addAll(List.of("--open", descriptor + "=" + file));
    }

    private void program(List<String> command) {
        command.add(host.program().toString());
        command.addAll(List.of("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
    }

    private void machine(List<String> command, MachineShape shape, String memory) {
        program(command);
        command.addAll(List.of("-add-fd", "fd=" + ROOTFS + ",set=1"));
        command.addAll(devices(host, shape, memory(memory), "fd=" + CONTROL, "fd=" + AGENT, rootfs("/dev/fdset/1")));
        if (shape.egress() == Egress.INTERNET) {
            command.addAll(List.of(
                    "-netdev", "tap,id=n0,fd=" + TAP, "-device", "virtio-net-device,netdev=n0,mac=" + GUEST_MAC));
        }
    }

    /** Options for memory that is known at the start. */
    static List<String> memory(String backend) {
        return List.of("-object", backend, "-machine", "memory-backend=m0");
    }

    /**
     * Options for a root file system that is known at the start. Without {@code drop-cache=off} QEMU has the kernel forget the file's pages when it has loaded the device
     * state, for all clones, and waits for it.
     */
    static List<String> rootfs(String file) {
        return List.of(
                "-blockdev",
                "driver=file,node-name=f0,filename=" + file + ",read-only=on,locking=off,drop-cache=off",
                "-blockdev",
                "driver=raw,node-name=d0,file=f0,read-only=on");
    }

    /**
     * The machine itself.
     *
     * @param memory options that give it its memory; none when that comes later
     * @param control where QMP is listened for, as {@code fd=N} or {@code path=FILE}
     * @param agent where the agent's port is listened for, likewise
     * @param rootfs options that give it the block node {@code d0}; none when that comes later
     */
    static List<String> devices(
            QemuHost host, MachineShape shape, List<String> memory, String control, String agent, List<String> rootfs) {
        List<String> options = new ArrayList<>(List.of("-nodefaults", "-no-user-config", "-no-reboot"));
        options.addAll(List.of("-display", "none"));
        options.addAll(memory);
        options.addAll(List.of("-machine", "microvm,acpi=on"));
        options.addAll(List.of("-accel", host.accelerator()));
        options.addAll(List.of("-cpu", host.cpuModel()));
        options.addAll(List.of("-smp", Integer.toString(shape.cpus())));
        options.addAll(List.of("-m", shape.memoryBytes() / (1 << 20) + "M"));
        options.addAll(List.of("-chardev", "socket,id=qmp," + control + ",server=on,wait=off"));
        options.addAll(List.of("-mon", "chardev=qmp,mode=control"));
        options.addAll(List.of("-chardev", "ringbuf,id=console,size=16384", "-serial", "chardev:console"));
        options.addAll(rootfs);
        options.addAll(List.of("-device", "virtio-blk-device,drive=d0" + GEOMETRY));
        options.addAll(List.of("-device", "virtio-serial-device"));
        options.addAll(List.of("-chardev", "socket,id=agent," + agent + ",server=on,wait=off"));
        options.addAll(List.of("-device", "virtserialport,chardev=agent,name=" + AGENT_PORT));
        return options;
    }

    /** QEMU's option syntax doubles a comma that belongs to a value. */
    static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }
}
