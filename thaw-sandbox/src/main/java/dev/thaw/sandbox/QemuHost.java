package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The QEMU of this host and how it can run guests: with KVM where that really works, else by emulation (TCG).
 *
 * @param extraGroup for the launcher, the group that may open {@code /dev/kvm} as {@code :GID}; empty without KVM
 */
record QemuHost(Path program, String version, String accelerator, String cpuModel, String cpu, String extraGroup) {
    private static final Pattern VERSION = Pattern.compile("QEMU emulator version (\\S+)(?: \\((.*)\\))?");
    private static final Path KVM = Path.of("/dev/kvm");

    QemuHost {
        requireNonNull(program, "program is null");
        requireNonNull(version, "version is null");
        requireNonNull(accelerator, "accelerator is null");
        requireNonNull(cpuModel, "cpuModel is null");
        requireNonNull(cpu, "cpu is null");
        requireNonNull(extraGroup, "extraGroup is null");
    }

    /** @throws SandboxException HOST with what is missing */
    static QemuHost find() throws SandboxException {
        Path program = findProgram()
                .orElseThrow(() -> new SandboxException(
                        Code.HOST, "qemu-system-x86_64 is not installed. On Debian: apt-get install qemu-system-x86"));
        String version = version(program);
        CpuDescription cpu = CpuDescription.read(Path.of("/proc/cpuinfo"));
        Optional<String> obstacle = kvmObstacle(cpu);
        if (obstacle.isEmpty()) {
            return new QemuHost(program, version, "kvm", "host", cpu.fingerprint(), ":" + groupOf(KVM));
        }
        // Under emulation the guest sees the emulator's processor, whatever the host's is.
        return new QemuHost(program, version, "tcg", "max", "tcg-max", "");
    }

    static Optional<Path> findProgram() {
        return Optional.ofNullable(System.getenv("PATH")).stream()
                .flatMap(path -> Pattern.compile(":").splitAsStream(path))
                .map(folder -> Path.of(folder, "qemu-system-x86_64"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Why guests cannot run under KVM here; empty when they can. The device alone is no proof: in some clouds it is there, opens, and
     * then fails or spins when a guest starts. The processor's own flag is what tells.
     */
    static Optional<String> kvmObstacle(CpuDescription cpu) {
        if (!cpu.hasFlag("vmx") && !cpu.hasFlag("svm")) {
            return Optional.of(
                    Files.exists(KVM)
                            ? "/dev/kvm is there, but the processor has neither vmx nor svm"
                            : "the processor has neither vmx nor svm");
        }
        if (!Files.exists(KVM)) {
            return Optional.of("/dev/kvm is missing (load kvm_intel or kvm_amd)");
        }
        if (!Files.isReadable(KVM) || !Files.isWritable(KVM)) {
            return Optional.of("/dev/kvm may not be opened by this user (add it to the group kvm)");
        }
        return Optional.empty();
    }

    private static String version(Path program) throws SandboxException {
        try {
            Process process = new ProcessBuilder(program.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            String text;
            try (var output = process.getInputStream()) {
                text = new String(output.readNBytes(4096), StandardCharsets.UTF_8);
            }
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new SandboxException(Code.VMM_HUNG, program + " --version does not end.");
            }
            Matcher matcher = VERSION.matcher(text);
            if (!matcher.find()) {
                throw new SandboxException(Code.HOST, program + " does not say its version: " + text.strip());
            }
            // The distribution's own version counts too: its patches may change a device's state.
            return matcher.group(2) == null ? matcher.group(1) : matcher.group(2);
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, program + " cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException(Code.HOST, "Interrupted while asking QEMU for its version.", e);
        }
    }

    private static String groupOf(Path file) throws SandboxException {
        try {
            return Files.getAttribute(file, "unix:gid").toString();
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
