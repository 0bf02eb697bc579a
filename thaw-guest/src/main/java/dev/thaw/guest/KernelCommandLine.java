package dev.thaw.guest;

/**
 * What a guest's kernel is told at its boot.
 *
 * @param emulated whether the machine runs under emulation (TCG)
 * @param hostTscKilohertz the host's TSC frequency, needed under emulation; see {@link TscFrequency}
 * @param quiet whether the kernel keeps its boot messages to itself
 */
public record KernelCommandLine(boolean emulated, long hostTscKilohertz, boolean quiet) {
    /** The text for {@code -append}. */
    public String render() {
        return "console=ttyS0";
    }
}
