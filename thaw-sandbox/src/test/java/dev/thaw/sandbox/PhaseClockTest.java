package dev.thaw.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PhaseClockTest {
    private final AtomicLong now = new AtomicLong(5_000_000);
    private final PhaseClock clock = new PhaseClock(now::get);

    @Test
    void phasesAddUpToTheWhole() {
        pass(2);
        clock.end(Phase.ADMIT);
        pass(30);
        clock.end(Phase.VMM);
        pass(4);
        clock.end(Phase.ADMIT);
        assertThat(clock.millis()).isEqualTo(Map.of(Phase.ADMIT, 6.0, Phase.VMM, 30.0));
        assertThat(clock.endNanos() - clock.startNanos()).isEqualTo(36_000_000);
    }

    @Test
    void whoWaitedLongerHasTheWaitInAdmit() {
        pass(10);
        clock.end(Phase.VMM);
        assertThat(clock.millisSince(2_000_000)).isEqualTo(Map.of(Phase.ADMIT, 3.0, Phase.VMM, 10.0));
    }

    @Test
    void whoCameLaterSeesOnlyWhatWasLeft() {
        pass(10);
        clock.end(Phase.VMM);
        pass(20);
        clock.end(Phase.LOAD);
        assertThat(clock.millisSince(5_000_000 + 14_000_000)).isEqualTo(Map.of(Phase.VMM, 0.0, Phase.LOAD, 16.0));
    }

    private void pass(long millis) {
        now.addAndGet(millis * 1_000_000);
    }
}
