package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.node.NodeException.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final long LONG = TimeUnit.SECONDS.toNanos(20);

    private final AtomicInteger shortages = new AtomicInteger();
    private final Admission admission = new Admission(100, 2, shortages::incrementAndGet);

    @Test
    void coresAreHeldForTheStartAndMemoryForTheInstance() throws Exception {
        Admission.Permit first = admission.admit(40, LONG);
        Admission.Permit second = admission.admit(40, LONG);
        assertThatThrownBy(() -> admission.admit(10, 1))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("2 starts are under way");
        first.releaseCore();
        first.releaseCore();
        Admission.Permit third = admission.admit(10, LONG);
        assertThat(admission.freeBytes()).isEqualTo(10);
        first.close();
        first.close();
        second.close();
        third.close();
        assertThat(admission.freeBytes()).isEqualTo(100);
    }

    @Test
    void calmIsWhenNoStartIsUnderWay() throws Exception {
        assertThat(admission.awaitCalm(Duration.ZERO, Duration.ZERO)).isTrue();
        Admission.Permit start = admission.admit(40, LONG);
        assertThat(admission.awaitCalm(Duration.ZERO, Duration.ofMillis(1))).isFalse();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> calm = threads.submit(() -> admission.awaitCalm(Duration.ZERO, Duration.ofNanos(LONG)));
            start.releaseCore();
            assertThat(calm.get()).isTrue();
        }
        assertThat(admission.awaitCalm(Duration.ofDays(1), Duration.ofMillis(1)))
                .as("one has just ended")
                .isFalse();
        start.close();
    }

    @Test
    void aCoreThatIsLentIsTakenBackBeforeOthersBegin() throws Exception {
        Admission.Permit far = admission.admit(10, LONG);
        Admission.Permit near = admission.admit(10, LONG);
        Admission.Permit guest;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Admission.Loan loan = far.lend();
            guest = admission.admit(10, LONG);
            assertThat(admission.awaitCalm(Duration.ZERO, Duration.ZERO)).isFalse();
            Future<?> back = threads.submit(loan::close);
            Future<Admission.Permit> next = threads.submit(() -> admission.admit(10, LONG));
            assertThat(back).isNotDone();
            near.releaseCore();
            back.get();
            assertThat(next).isNotDone();
            far.releaseCore();
            next.get().close();
        }
        guest.close();
        assertThat(admission.awaitCalm(Duration.ZERO, Duration.ZERO)).isTrue();
        far.close();
        near.close();
    }

    @Test
    void whoHasNoCoreLendsNone() throws Exception {
        Admission.Permit running = admission.admit(10, LONG);
        running.releaseCore();
        running.lend().close();
        assertThat(admission.awaitCalm(Duration.ZERO, Duration.ZERO)).isTrue();
        running.close();
    }

    @Test
    void whatWillNeverFitIsRefusedAtOnce() {
        assertThatThrownBy(() -> admission.admit(101, LONG))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.code()).isEqualTo(Code.NO_CAPACITY))
                .hasMessageContaining("--memory");
    }

    @Test
    void aShortageAsksForIdleInstancesAndIsToldWhenItLasts() throws Exception {
        Admission.Permit all = admission.admit(100, LONG);
        all.releaseCore();
        assertThatThrownBy(() -> admission.admit(1, 1))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.code()).isEqualTo(Code.NO_CAPACITY));
        assertThat(shortages.get()).isPositive();
        all.close();
        admission.admit(1, LONG).close();
    }

    /** A small one that would fit does not overtake a large one that came first: the large one would wait for ever. */
    @Test
    void whoCameFirstIsAdmittedFirst() throws Exception {
        // With one core the second cannot note its turn before the first has.
        Admission admission = new Admission(100, 1, shortages::incrementAndGet);
        Admission.Permit most = admission.admit(80, LONG);
        most.releaseCore();
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        Thread large = waiting(admission, "large", 50, order);
        await().until(() -> large.getState() == Thread.State.TIMED_WAITING);
        Thread small = waiting(admission, "small", 10, order);
        await().until(() -> small.getState() == Thread.State.TIMED_WAITING);
        assertThat(order).isEmpty();
        most.close();
        large.join();
        small.join();
        assertThat(order).containsExactly("large", "small");
    }

    private static Thread waiting(Admission admission, String name, long bytes, List<String> order) {
        return Thread.ofPlatform().start(() -> {
            try {
                Admission.Permit permit = admission.admit(bytes, LONG);
                synchronized (order) {
                    order.add(name);
                }
                permit.releaseCore();
            } catch (NodeException e) {
                order.add(name + " failed: " + e.getMessage());
            }
        });
    }
}
