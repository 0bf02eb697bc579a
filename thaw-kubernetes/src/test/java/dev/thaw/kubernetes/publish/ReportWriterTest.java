package dev.thaw.kubernetes.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.node.placement.NodeLoad;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReportWriterTest {
    private static final NodeState STATE = new NodeState(1, 0, "kvm", new NodeLoad(1, 1, 1, 0, 1), List.of());
    private static final Duration NEVER = Duration.ofHours(1);

    private final AtomicInteger writes = new AtomicInteger();

    @Test
    void writesAtOnceAndThenOnChangeOnly() {
        var timing = new ReportWriter.Timing(
                NEVER, Duration.ofMillis(10), Duration.ofMillis(1), Duration.ofMillis(1), NEVER);
        try (ReportWriter writer =
                new ReportWriter(() -> STATE, state -> writes.incrementAndGet(), timing, System::nanoTime)) {
            await().until(() -> writes.get() == 1);
            writer.changed();
            await().until(() -> writes.get() == 2);
            writer.evicted();
            await().until(() -> writes.get() == 3);
        }
        assertThat(writes).hasValue(3);
    }

    @Test
    void manyChangesAreOneWrite() {
        var timing = new ReportWriter.Timing(NEVER, NEVER, Duration.ofMillis(1), Duration.ofMillis(1), NEVER);
        try (ReportWriter writer =
                new ReportWriter(() -> STATE, state -> writes.incrementAndGet(), timing, System::nanoTime)) {
            await().until(() -> writes.get() == 1);
            for (int i = 0; i < 1000; i++) {
                writer.changed();
            }
            writer.evicted();
            await().until(() -> writes.get() == 2);
        }
        assertThat(writes).hasValue(2);
    }

    @Test
    void heartbeatsWhenNothingChanges() {
        var timing = new ReportWriter.Timing(Duration.ofMillis(1), NEVER, NEVER, Duration.ofMillis(1), NEVER);
        try (ReportWriter writer =
                new ReportWriter(() -> STATE, state -> writes.incrementAndGet(), timing, System::nanoTime)) {
            await().until(() -> writes.get() >= 5);
            writer.changed();
        }
    }

    @Test
    void triesAgainAfterAFailure() {
        var timing = new ReportWriter.Timing(NEVER, NEVER, NEVER, Duration.ofMillis(1), Duration.ofMillis(5));
        try (ReportWriter writer = new ReportWriter(
                () -> STATE,
                state -> {
                    if (writes.incrementAndGet() < 4) {
                        throw new KubernetesClientException("the API server is away");
                    }
                },
                timing,
                System::nanoTime)) {
            await().until(() -> writes.get() == 4);
            writer.changed();
        }
        assertThat(writes).hasValue(4);
    }
}
