package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.sandbox.MemoryPreparedSandbox;
import dev.thaw.sandbox.MemorySandboxProvider.Operation;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.store.DataSize;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedPoolTest {
    private static final DataSize PLENTY = DataSize.ofGibibytes(8);

    @TempDir
    Path folder;

    private final Revision revision = WorkerFixture.revision("f");

    /** A worker with a snapshot of the function, and no instance. */
    private WorkerFixture withSnapshot(DataSize memory, int each) throws Exception {
        WorkerFixture fixture = WorkerFixture.prepared(folder, memory, each);
        fixture.invoke(revision);
        await().until(() -> fixture.listener.freezes.size() == 1);
        retireAll(fixture);
        return fixture;
    }

    private void retireAll(WorkerFixture fixture) {
        await().until(() -> {
            fixture.worker.retire(revision, true);
            return fixture.worker.instances().isEmpty();
        });
    }

    private static void awaitStanding(WorkerFixture fixture, int count) {
        await().until(() -> fixture.worker.prepared().standing() == count);
    }

    /** The start of that number; an invocation may be answered before the listener has heard of its start. */
    private static StartRecord start(WorkerFixture fixture, int number) {
        await().until(() -> fixture.listener.starts.size() == number);
        return fixture.listener.starts.getLast();
    }

    @Test
    void aThawTakesOneAndAnotherFollows() throws Exception {
        try (WorkerFixture fixture = withSnapshot(PLENTY, 2)) {
            awaitStanding(fixture, 2);
            MemoryPreparedSandbox first = fixture.provider.prepared().getFirst();
            for (int turn = 1; turn <= 3; turn++) {
                assertThat(fixture.invoke(revision)).isEqualTo("2");
                assertThat(start(fixture, turn + 1).kind()).isEqualTo(StartKind.THAW_LOCAL);
                assertThat(start(fixture, turn + 1).reason()).contains("in a prepared VMM");
                awaitStanding(fixture, 2);
                assertThat(fixture.worker.prepared().taken()).isEqualTo(turn);
                retireAll(fixture);
            }
            assertThat(fixture.provider.prepared()).doesNotContain(first).hasSize(2);
            assertThat(fixture.worker.prepared()).isEqualTo(new PreparedStats(2, 2 * PreparedPool.BYTES, 3, 0, 0));
        }
    }

    @Test
    void aFailureOfAPreparedOneFallsBackToAFreshOneAndThenToABoot() throws Exception {
        try (WorkerFixture fixture = withSnapshot(PLENTY, 1)) {
            AtomicBoolean freshFails = new AtomicBoolean();
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.THAW_PREPARED || operation == Operation.THAW && freshFails.get()) {
                    throw new SandboxException(SandboxException.Code.VMM_DIED, "it died");
                }
            });
            awaitStanding(fixture, 1);
            assertThat(fixture.invoke(revision)).isEqualTo("2");
            assertThat(start(fixture, 2).kind()).isEqualTo(StartKind.THAW_LOCAL);
            assertThat(start(fixture, 2).reason()).contains("in a fresh VMM after a prepared one had failed");
            retireAll(fixture);
            awaitStanding(fixture, 1);
            freshFails.set(true);
            assertThat(fixture.invoke(revision)).isEqualTo("1");
            assertThat(start(fixture, 3).kind()).isEqualTo(StartKind.BOOT);
            assertThat(start(fixture, 3).failure()).isEqualTo("sandbox.vmm_died");
            assertThat(fixture.worker.prepared().lost()).isEqualTo(2);
        }
    }

    @Test
    void aFailureOfTheGuestsOwnIsNotTriedTwice() throws Exception {
        try (WorkerFixture fixture = withSnapshot(PLENTY, 1)) {
            AtomicReference<Operation> last = new AtomicReference<>(Operation.BOOT);
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.THAW_PREPARED) {
                    throw new SandboxException(SandboxException.Code.HOOK, "the hook failed");
                }
                if (operation == Operation.THAW) {
                    last.set(operation);
                }
            });
            awaitStanding(fixture, 1);
            fixture.invoke(revision);
            assertThat(start(fixture, 2).kind()).isEqualTo(StartKind.BOOT);
            assertThat(last.get()).isEqualTo(Operation.BOOT);
        }
    }

    @Test
    void oneThatDiesIsReplaced() throws Exception {
        try (WorkerFixture fixture = withSnapshot(PLENTY, 1)) {
            awaitStanding(fixture, 1);
            MemoryPreparedSandbox first = fixture.provider.prepared().getFirst();
            first.die();
            await().until(() -> fixture.worker.prepared().lost() == 1
                    && fixture.worker.prepared().standing() == 1);
            assertThat(fixture.provider.prepared()).doesNotContain(first).hasSize(1);
            assertThat(fixture.invoke(revision)).isEqualTo("2");
            assertThat(start(fixture, 2).reason()).contains("in a prepared VMM");
        }
    }

    @Test
    void noneIsPreparedWhileAStartIsUnderWay() throws Exception {
        try (WorkerFixture fixture = withSnapshot(PLENTY, 1)) {
            awaitStanding(fixture, 1);
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            AtomicBoolean preparedMeanwhile = new AtomicBoolean();
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.THAW) {
                    begun.countDown();
                    awaitQuietly(goOn);
                } else if (operation == Operation.PREPARE && goOn.getCount() > 0) {
                    preparedMeanwhile.set(true);
                }
            });
            Thread invocation = Thread.startVirtualThread(() -> {
                try {
                    fixture.invoke(revision);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            begun.await();
            // Longer than the pool waits when nothing is under way.
            assertThat(goOn.await(500, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(fixture.worker.prepared().standing()).isZero();
            goOn.countDown();
            invocation.join();
            awaitStanding(fixture, 1);
            assertThat(preparedMeanwhile).isFalse();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) throws SandboxException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new SandboxException(SandboxException.Code.HOST, "interrupted", e);
        }
    }

    @Test
    void isGivenUpForAnInstanceThatNeedsTheMemory() throws Exception {
        // Room for one instance and a little.
        DataSize memory = new DataSize(InstanceLife.memoryBytes(revision) + PreparedPool.BYTES - 1);
        try (WorkerFixture fixture = withSnapshot(memory, 1)) {
            awaitStanding(fixture, 1);
            assertThat(fixture.worker.freeBytes()).isEqualTo(memory.bytes());
            try (Claim claim = fixture.claim(withoutSnapshots(revision))) {
                assertThat(WorkerFixture.invoke(claim)).isNotEmpty();
                assertThat(fixture.worker.prepared().standing()).isZero();
            }
        }
    }

    private static Revision withoutSnapshots(Revision r) {
        return new Revision(
                "other-00001",
                "other",
                r.image(),
                r.process(),
                r.shape(),
                r.kernel(),
                r.trustDomain(),
                false,
                r.limits());
    }

    @Test
    void goesWithTheLastRevisionOfItsShape() throws Exception {
        try (WorkerFixture fixture = withSnapshot(PLENTY, 1)) {
            awaitStanding(fixture, 1);
            fixture.worker.remove(revision, "it was deleted");
            awaitStanding(fixture, 0);
            assertThat(fixture.provider.prepared()).isEmpty();
            assertThat(fixture.worker.freeBytes()).isEqualTo(PLENTY.bytes());
        }
    }

    @Test
    void aDeployedFunctionIsPreparedForBeforeItsFirstStartAndClosingLeavesNone() throws Exception {
        WorkerFixture fixture = WorkerFixture.prepared(folder, PLENTY, 3);
        fixture.worker.keepLeast(revision);
        awaitStanding(fixture, 3);
        fixture.worker.close();
        assertThat(fixture.provider.prepared()).isEmpty();
        assertThat(fixture.worker.freeBytes()).isEqualTo(PLENTY.bytes());
        fixture.close();
    }

    @Test
    void withoutThePolicyNoneStandsBy() throws Exception {
        try (WorkerFixture fixture = withSnapshot(PLENTY, 0)) {
            fixture.invoke(revision);
            assertThat(start(fixture, 2).reason()).contains("in a fresh VMM");
            assertThat(fixture.worker.prepared()).isEqualTo(new PreparedStats(0, 0, 0, 0, 0));
        }
    }
}
