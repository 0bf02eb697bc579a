package dev.thaw.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class KernelCommandLineTest {
    @Test
    void givesAnEmulatedGuestItsClock() {
        assertThat(new KernelCommandLine(true, 2_445_426, true).render())
                .isEqualTo("console=ttyS0 reboot=t panic=-1 quiet tsc=reliable no_timer_check lpj=9781704 "
                        + "tsc_early_khz=2445426 nokaslr init_on_free=1");
        assertThatThrownBy(() -> new KernelCommandLine(true, 0, true)).hasMessageContaining("TSC");
    }

    @Test
    void leavesAVirtualizedGuestItsOwn() {
        assertThat(new KernelCommandLine(false, 0, false).render())
                .isEqualTo("console=ttyS0 reboot=t panic=-1 nokaslr init_on_free=1");
    }

    @Test
    void oneHostHasOneFrequency() throws Exception {
        assertThat(TscFrequency.hostKilohertz())
                .isEqualTo(TscFrequency.hostKilohertz())
                .isGreaterThan(100_000);
        assertThat(TscFrequency.alike(2_445_426, 2_445_500)).isTrue();
        assertThat(TscFrequency.alike(2_445_426, 2_450_000)).isFalse();
    }
}
