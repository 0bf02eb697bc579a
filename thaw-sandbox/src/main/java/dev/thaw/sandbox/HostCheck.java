package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What this host offers for guests, for those who ask before anything runs.
 *
 * @param qemu the program, where it is installed
 * @param qemuProblem why it cannot be used; empty when it can
 * @param qemuVersion empty when it cannot be used
 * @param kvmObstacle why guests are emulated; empty when they run under KVM
 */
public record HostCheck(
        Optional<Path> qemu, Optional<String> qemuProblem, Optional<String> qemuVersion, Optional<String> kvmObstacle) {
    public HostCheck {
        requireNonNull(qemu, "qemu is null");
        requireNonNull(qemuProblem, "qemuProblem is null");
        requireNonNull(qemuVersion, "qemuVersion is null");
        requireNonNull(kvmObstacle, "kvmObstacle is null");
    }

    public static HostCheck run() {
        Optional<String> obstacle;
        try {
            obstacle = QemuHost.kvmObstacle(CpuDescription.read(Path.of("/proc/cpuinfo")));
        } catch (SandboxException e) {
            obstacle = Optional.of(String.valueOf(e.getMessage()));
        }
        try {
            QemuHost host = QemuHost.find();
            return new HostCheck(Optional.of(host.program()), Optional.empty(), Optional.of(host.version()), obstacle);
        } catch (SandboxException e) {
            return new HostCheck(
                    QemuHost.findProgram(), Optional.of(String.valueOf(e.getMessage())), Optional.empty(), obstacle);
        }
    }
}
