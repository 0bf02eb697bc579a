package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

/**
 * What of this host a frozen guest depends on.
 *
 * @param kind the sandbox, as {@code qemu-microvm}
 * @param version of the sandbox's program
 * @param accelerator {@code kvm} or {@code tcg}
 * @param cpu what the guest sees of the processor
 * @param devices the list of devices, as a digestible text
 * @param tscKhz the frequency of the time stamp counter as the guest sees it; 0 where the guest does not depend on it
 */
public record HostProfile(String kind, String version, String accelerator, String cpu, String devices, long tscKhz) {
    public HostProfile {
        requireNonNull(kind, "kind is null");
        requireNonNull(version, "version is null");
        requireNonNull(accelerator, "accelerator is null");
        requireNonNull(cpu, "cpu is null");
        requireNonNull(devices, "devices is null");
    }
}
