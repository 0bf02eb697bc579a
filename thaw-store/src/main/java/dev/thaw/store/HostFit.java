package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where a snapshot can be thawed: a sandbox resumes device state and guest memory only under the program, processor
 * and devices that they were frozen under.
 *
 * @param sandbox kind of sandbox and accelerator, as {@code qemu-kvm} or {@code qemu-tcg}
 * @param sandboxVersion as the sandbox's program names itself
 * @param cpu fingerprint of what the guest sees of the processor
 * @param devices digest of the device list in its order
 * @param tscKhz the host's time-stamp counter frequency, where the guest keeps time by it under emulation
 */
public record HostFit(
        String sandbox,
        String sandboxVersion,
        String cpu,
        DataSize memory,
        int vcpus,
        Digest devices,
        OptionalLong tscKhz) {
    public HostFit {
        requireNonNull(sandbox, "sandbox is null");
        requireNonNull(sandboxVersion, "sandboxVersion is null");
        requireNonNull(cpu, "cpu is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(devices, "devices is null");
        requireNonNull(tscKhz, "tscKhz is null");
    }

    public Digest id() {
        return new CanonicalForm("thaw.host-fit.1")
                .text(sandbox)
                .text(sandboxVersion)
                .text(cpu)
                .number(memory.bytes())
                .number(vcpus)
                .text(devices.toString())
                .number(tscKhz.orElse(-1))
                .digest();
    }

    /** Why a snapshot frozen under this fit cannot be thawed under {@code host}'s; empty when it can. */
    public Optional<String> misfit(HostFit host) {
        if (!sandbox.equals(host.sandbox)) {
            return reason("sandbox", sandbox, host.sandbox);
        }
        if (!sandboxVersion.equals(host.sandboxVersion)) {
            return reason(sandbox + " version", sandboxVersion, host.sandboxVersion);
        }
        if (!cpu.equals(host.cpu)) {
            return reason("processor", cpu, host.cpu);
        }
        if (!memory.equals(host.memory)) {
            return reason("guest memory", memory, host.memory);
        }
        if (vcpus != host.vcpus) {
            return reason("number of virtual processors", vcpus, host.vcpus);
        }
        if (!devices.equals(host.devices)) {
            return reason("device list", devices.brief(), host.devices.brief());
        }
        if (!tscKhz.equals(host.tscKhz)) {
            return reason("time-stamp counter", khz(tscKhz), khz(host.tscKhz));
        }
        return Optional.empty();
    }

    private static Optional<String> reason(String what, Object frozen, Object here) {
        return Optional.of("frozen with " + what + " " + frozen + ", here it is " + here);
    }

    private static String khz(OptionalLong frequency) {
        return frequency.isPresent() ? frequency.getAsLong() + " kHz" : "unused";
    }
}
