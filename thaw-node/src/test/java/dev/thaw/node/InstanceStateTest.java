package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.sandbox.PhaseClock;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InstanceStateTest {
    @Test
    void everyStateCanBeReachedAndEnded() {
        Set<InstanceState> reached = EnumSet.of(InstanceState.ADMITTING);
        while (reached.addAll(
                reached.stream().flatMap(state -> state.next().stream()).toList())) {
            // Until nothing new is reached.
        }
        assertThat(reached).containsExactlyInAnyOrder(InstanceState.values());
        for (InstanceState state : InstanceState.values()) {
            assertThat(state == InstanceState.GONE || state.next().contains(InstanceState.GONE))
                    .isTrue();
        }
        assertThat(InstanceState.GONE.next()).isEmpty();
    }

    @Test
    void noStateIsLeftTheWrongWay() {
        Instance instance = new Instance("x", new PhaseClock(System::nanoTime));
        assertThatThrownBy(() -> instance.become(InstanceState.FREEZING))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("x cannot go from ADMITTING to FREEZING");
    }
}
