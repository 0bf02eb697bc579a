package dev.thaw.guest;

import java.util.ArrayList;
import java.util.List;

/**
 * What a guest's kernel is told at its boot.
 *
 * <p>Under emulation the guest sees the host's time stamp counter, whatever the machine claims, and its own calibration of it hangs now
 * and then: so the frequency is given, timers are trusted, and nothing is measured.
 *
 * @param emulated whether the machine runs under emulation (TCG)
 * @param hostTscKilohertz the host's TSC frequency, see {@link TscFrequency}; used under emulation only
 * @param quiet whether the kernel keeps its boot messages to itself; errors are shown all the same
 */
public record KernelCommandLine(boolean emulated, long hostTscKilohertz, boolean quiet) {
    /** The distribution's cloud kernels tick at 250 Hz. */
    private static final int TICKS_A_SECOND = 250;

    public KernelCommandLine {
        if (emulated && hostTscKilohertz <= 0) {
            throw new IllegalArgumentException(
                    "An emulated guest must be told the TSC frequency, not " + hostTscKilohertz + " kHz");
        }
    }

    /** The text for the machine's kernel command line. */
    public String render() {
        List<String> words = new ArrayList<>(List.of("console=ttyS0", "reboot=t", "panic=-1"));
        if (quiet) {
            words.add("quiet");
        }
        if (emulated) {
            words.add("tsc=reliable");
            words.add("no_timer_check");
            words.add("lpj=" + hostTscKilohertz * 1000 / TICKS_A_SECOND);
            words.add("tsc_early_khz=" + hostTscKilohertz);
        }
        // One place of the kernel in all guests makes their pages alike: a store has them once. A snapshot's clones
        // share one anyway.
        words.add("nokaslr");
        // What a process leaves behind would be stored in every snapshot.
        words.add("init_on_free=1");
        return String.join(" ", words);
    }
}
