package dev.thaw.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GuestRestTest {
    private static final Duration MOST = Duration.ofSeconds(2);

    /** What a guest takes in each 50 ms, in milliseconds; the last goes on. */
    private static Duration waitedFor(Integer... busy) throws Exception {
        Deque<Integer> left = new ArrayDeque<>(List.of(busy));
        long[] taken = {7_000_000};
        GuestRest rest = new GuestRest(() -> taken[0], time -> {
            assertThat(time).isEqualTo(Duration.ofMillis(50));
            taken[0] += 1_000_000L * (left.size() > 1 ? left.remove() : left.element());
        });
        return rest.await(MOST);
    }

    @Test
    void aGuestAtRestIsWaitedForAsLongAsSomethingMayHaveBeenPutOff() throws Exception {
        assertThat(waitedFor(0)).isEqualTo(Duration.ofMillis(600));
        assertThat(waitedFor(2)).as("timers").isEqualTo(Duration.ofMillis(600));
    }

    @Test
    void aGuestThatWorksOnIsWaitedForUntilItStops() throws Exception {
        assertThat(waitedFor(50, 50, 30, 0)).isEqualTo(Duration.ofMillis(750));
        assertThat(waitedFor(50, 0, 3, 0)).as("a short silence").isEqualTo(Duration.ofMillis(750));
    }

    @Test
    void aGuestThatNeverRestsIsNotWaitedForLonger() throws Exception {
        assertThat(waitedFor(50)).isEqualTo(MOST);
    }

    @Test
    @Timeout(20)
    void theKernelTellsOfThisProcess() throws Exception {
        long pid = ProcessHandle.current().pid();
        long before = ProcessorTimes.nanos(pid);
        while (ProcessorTimes.nanos(pid) <= before) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aProcessThatIsNotThereHasNoTime() {
        assertThatThrownBy(() -> ProcessorTimes.nanos(Integer.MAX_VALUE)).isInstanceOf(IOException.class);
    }
}
