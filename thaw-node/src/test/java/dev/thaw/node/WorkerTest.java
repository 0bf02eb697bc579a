package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.awaitility.Awaitility.await;

import dev.thaw.guest.FunctionExit;
import dev.thaw.node.NodeException.Code;
import dev.thaw.sandbox.MemorySandboxProvider.Operation;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxExit;
import dev.thaw.store.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerTest {
    @TempDir
    Path folder;

    /** An invocation in a thread of its own. */
    private static CompletableFuture<Claim> claiming(WorkerFixture fixture, Revision revision) {
        CompletableFuture<Claim> claim = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                claim.complete(fixture.claim(revision));
            } catch (NodeException e) {
                claim.completeExceptionally(e);
            }
        });
        return claim;
    }

    private static Claim get(CompletableFuture<Claim> claim) throws Exception {
        return claim.get(20, TimeUnit.SECONDS);
    }

    private static void awaitFrozen(WorkerFixture fixture, int count) {
        await().until(() -> fixture.listener.freezes.size() == count);
        await().until(() -> fixture.worker.instances().stream().allMatch(view -> view.state() == InstanceState.READY));
    }

    @Test
    void bootsThenIsWarmThenThawsWhatWasFrozen() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision("f");
            try (Claim claim = fixture.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.BOOT);
                assertThat(claim.start().reason()).isEqualTo("there is no snapshot on this worker");
                assertThat(claim.phasesMillis())
                        .containsKeys(Phase.ADMIT, Phase.IMAGE, Phase.VMM, Phase.KERNEL, Phase.APP);
                assertThat(WorkerFixture.invoke(claim)).isEqualTo("1");
            }
            awaitFrozen(fixture, 1);
            try (Claim claim = fixture.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.WARM);
                assertThat(claim.phasesMillis()).containsOnlyKeys(Phase.ADMIT);
                assertThat(WorkerFixture.invoke(claim)).isEqualTo("2");
            }
            assertThat(fixture.worker.retire(revision, false)).isEqualTo(1);
            await().until(() -> fixture.worker.instances().isEmpty());
            try (Claim claim = fixture.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.THAW_LOCAL);
                assertThat(claim.phasesMillis())
                        .containsKeys(Phase.ADMIT, Phase.RESOLVE, Phase.VMM, Phase.LOAD, Phase.RESUME, Phase.RENEW);
                // Frozen after the first invocation.
                assertThat(WorkerFixture.invoke(claim)).isEqualTo("2");
            }
        }
    }

    @Test
    void thePhasesAddUpToTheWait() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            long registered = System.nanoTime();
            try (Claim claim = fixture.worker.claim(WorkerFixture.revision("f"), registered)) {
                double sum = claim.phasesMillis().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sum();
                assertThat(sum).isCloseTo((claim.readyNanos() - registered) / 1e6, offset(0.001));
            }
        }
    }

    @Test
    void theAnswerDoesNotWaitForTheFreeze() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.FREEZE) {
                    awaitLatch(hold);
                }
            });
            Revision revision = WorkerFixture.revision("f");
            assertThat(fixture.invoke(revision)).isEqualTo("1");
            // The freeze has begun and stands: the answer is here all the same.
            await().until(() -> fixture.worker.instances().getFirst().state() == InstanceState.FREEZING);
            assertThat(fixture.listener.freezes).isEmpty();
            CompletableFuture<Claim> next = claiming(fixture, revision);
            hold.countDown();
            try (Claim claim = get(next)) {
                assertThat(WorkerFixture.invoke(claim)).isEqualTo("2");
            }
            awaitFrozen(fixture, 1);
        }
    }

    private static void awaitLatch(CountDownLatch latch) throws SandboxException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new SandboxException(SandboxException.Code.VMM_HUNG, "the test forgot to go on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException(SandboxException.Code.VMM_HUNG, "interrupted", e);
        }
    }

    @Test
    void aThawThatFailsBecomesABootWithItsReasonAndTheSnapshotIsForgotten() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision("f");
            fixture.invoke(revision);
            awaitFrozen(fixture, 1);
            fixture.worker.retire(revision, true);
            await().until(() -> fixture.worker.instances().isEmpty());
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.THAW) {
                    throw new SandboxException(SandboxException.Code.VMM_REFUSED, "no such device");
                }
            });
            try (Claim claim = fixture.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.BOOT);
                assertThat(claim.start().failure()).isEqualTo("sandbox.vmm_refused");
                assertThat(claim.start().reason()).isEqualTo("the thaw failed: no such device");
                assertThat(WorkerFixture.invoke(claim)).isEqualTo("1");
            }
            awaitFrozen(fixture, 2);
        }
    }

    @Test
    void aFreezeThatFailsLeavesTheInstanceInServiceAndIsNotTriedAgainWithIt() throws Exception {
        AtomicInteger freezes = new AtomicInteger();
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.FREEZE) {
                    freezes.incrementAndGet();
                    throw new SandboxException(SandboxException.Code.HOOK, "not now");
                }
            });
            Revision revision = WorkerFixture.revision("f");
            fixture.invoke(revision);
            await().until(() -> fixture.listener.freezeFailures.size() == 1);
            await().until(() -> fixture.worker.instances().getFirst().state() == InstanceState.READY);
            assertThat(fixture.invoke(revision)).isEqualTo("2");
            assertThat(fixture.invoke(revision)).isEqualTo("3");
            assertThat(freezes).hasValue(1);
            assertThat(fixture.listener.freezeFailures).containsExactly("not now");
        }
    }

    @Test
    void anInstanceThatDiesInItsFreezeIsReplaced() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.FREEZE) {
                    fixture.provider.running().getFirst().crash(SandboxExit.of("ended by the test"));
                    throw new SandboxException(SandboxException.Code.VMM_DIED, "the VMM is gone");
                }
            });
            Revision revision = WorkerFixture.revision("f");
            fixture.invoke(revision);
            await().until(() -> fixture.worker.instances().isEmpty());
            fixture.provider.interfere((operation, instance) -> {});
            assertThat(fixture.invoke(revision)).isEqualTo("1");
            await().until(() -> fixture.listener.starts.size() == 2);
        }
    }

    @Test
    void oneStartServesAllPlacesOfItsInstance() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.BOOT) {
                    awaitLatch(hold);
                }
            });
            Revision revision = WorkerFixture.revision("f", WorkerFixture.limits(3, 10));
            List<CompletableFuture<Claim>> claims = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                claims.add(claiming(fixture, revision));
            }
            await().until(() -> fixture.worker.queued() == 3);
            hold.countDown();
            List<String> instances = new ArrayList<>();
            for (CompletableFuture<Claim> claim : claims) {
                instances.add(get(claim).instance());
            }
            assertThat(instances).hasSize(3).containsOnly(instances.getFirst());
            await().until(() -> fixture.listener.starts.size() == 1);
            assertThat(fixture.worker.instances().getFirst().inFlight()).isEqualTo(3);
            for (CompletableFuture<Claim> claim : claims) {
                get(claim).close();
            }
        }
    }

    @Test
    void noMoreInstancesThanAllowedAndThoseInLineGetTheFreedPlaces() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision("f", WorkerFixture.limits(1, 2));
            Claim first = fixture.claim(revision);
            Claim second = fixture.claim(revision);
            CompletableFuture<Claim> third = claiming(fixture, revision);
            await().until(() -> fixture.worker.queued() == 1);
            assertThat(fixture.worker.instances()).hasSize(2);
            second.close();
            try (Claim claim = get(third)) {
                assertThat(claim.instance()).isEqualTo(second.instance());
                // It waited for a place, not for a start.
                assertThat(claim.kind()).isEqualTo(StartKind.WARM);
                assertThat(claim.phasesMillis()).containsOnlyKeys(Phase.ADMIT);
            }
            first.close();
            await().until(() -> fixture.listener.starts.size() == 2);
        }
    }

    @Test
    void theQueueIsBounded() throws Exception {
        try (WorkerFixture fixture =
                new WorkerFixture(folder, Mode.LOCAL, Optional.empty(), DataSize.ofGibibytes(8), 4, 2)) {
            Revision revision = WorkerFixture.revision("f", WorkerFixture.limits(1, 1));
            Claim running = fixture.claim(revision);
            List<CompletableFuture<Claim>> waiting = List.of(claiming(fixture, revision), claiming(fixture, revision));
            await().until(() -> fixture.worker.queued() == 2);
            assertThatThrownBy(() -> fixture.claim(revision))
                    .isInstanceOfSatisfying(
                            NodeException.class, e -> assertThat(e.code()).isEqualTo(Code.QUEUE_FULL));
            // Which of the two got in line first is not known: each leaves as soon as it has its place.
            List<CompletableFuture<Void>> left = waiting.stream()
                    .map(claim -> claim.thenAccept(Claim::close))
                    .toList();
            running.close();
            for (CompletableFuture<Void> end : left) {
                end.get(20, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void whoWaitsTooLongIsToldSoAndLosesNoPlace() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision(
                    "f", new Revision.Limits(1, 0, 1, Duration.ofSeconds(60), Duration.ofMillis(50)));
            CountDownLatch hold = new CountDownLatch(1);
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.BOOT) {
                    awaitLatch(hold);
                }
            });
            assertThatThrownBy(() -> fixture.claim(revision))
                    .isInstanceOfSatisfying(
                            NodeException.class, e -> assertThat(e.code()).isEqualTo(Code.TIMED_OUT));
            hold.countDown();
            await().until(() -> fixture.worker.instances().getFirst().state() == InstanceState.READY);
            assertThat(fixture.worker.queued()).isZero();
            assertThat(fixture.worker.instances().getFirst().inFlight()).isZero();
            try (Claim claim = fixture.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.WARM);
            }
        }
    }

    @Test
    void aFailedStartIsToldToThoseItWasFor() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.BOOT) {
                    throw new SandboxException(SandboxException.Code.FUNCTION, "the function exited with code 3");
                }
            });
            Revision revision = WorkerFixture.revision("f");
            assertThatThrownBy(() -> fixture.claim(revision))
                    .isInstanceOfSatisfying(
                            NodeException.class, e -> assertThat(e.code()).isEqualTo(Code.START_FAILED))
                    .hasMessageContaining("exited with code 3");
            assertThat(fixture.listener.startFailures).hasSize(1);
            assertThat(fixture.worker.instances()).isEmpty();
            assertThat(fixture.worker.freeBytes())
                    .isEqualTo(DataSize.ofGibibytes(8).bytes());
            fixture.provider.interfere((operation, instance) -> {});
            assertThat(fixture.invoke(revision)).isEqualTo("1");
        }
    }

    @Test
    void aStartThatFailsAsNobodyThoughtOfIsToldToThoseInLineAtOnce() throws Exception {
        for (Throwable fault : List.of(new IllegalStateException("a fault"), new StackOverflowError("a fault"))) {
            Path own = Files.createDirectory(folder.resolve(fault.getClass().getSimpleName()));
            try (WorkerFixture fixture = WorkerFixture.local(own)) {
                CountDownLatch hold = new CountDownLatch(1);
                fixture.provider.interfere((operation, instance) -> {
                    if (operation == Operation.BOOT) {
                        awaitLatch(hold);
                        if (fault instanceof Error error) {
                            throw error;
                        }
                        throw (RuntimeException) fault;
                    }
                });
                Revision revision = WorkerFixture.revision("f", WorkerFixture.limits(3, 1));
                List<CompletableFuture<Claim>> claims =
                        List.of(claiming(fixture, revision), claiming(fixture, revision), claiming(fixture, revision));
                await().until(() -> fixture.worker.queued() == 3);
                hold.countDown();
                for (CompletableFuture<Claim> claim : claims) {
                    assertThatThrownBy(() -> get(claim))
                            .cause()
                            .isInstanceOfSatisfying(
                                    NodeException.class,
                                    e -> assertThat(e.code()).isEqualTo(Code.START_FAILED))
                            .hasRootCauseInstanceOf(fault.getClass())
                            .hasRootCauseMessage("a fault");
                }
                assertThat(fixture.worker.instances()).isEmpty();
                assertThat(fixture.listener.startFailures).hasSize(1);
                assertThat(fixture.worker.freeBytes())
                        .isEqualTo(DataSize.ofGibibytes(8).bytes());
                fixture.provider.interfere((operation, instance) -> {});
                assertThat(fixture.invoke(revision)).isEqualTo("1");
            }
        }
    }

    @Test
    void aThawThatFailsAsNobodyThoughtOfBecomesABoot() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision("f");
            fixture.invoke(revision);
            awaitFrozen(fixture, 1);
            fixture.worker.retire(revision, true);
            await().until(() -> fixture.worker.instances().isEmpty());
            fixture.provider.interfere((operation, instance) -> {
                if (operation == Operation.THAW) {
                    throw new IllegalStateException("a fault");
                }
            });
            try (Claim claim = fixture.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.BOOT);
                assertThat(claim.start().failure()).isEqualTo("unexpected");
            }
            assertThat(fixture.cache.list()).allMatch(cached -> cached.leases() == 0);
        }
    }

    @Test
    void idleInstancesAreRetiredAfterTheirTimeButForTheLeast() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision(
                    "f", new Revision.Limits(1, 1, 10, Duration.ofSeconds(60), WorkerFixture.TIMEOUT));
            Claim first = fixture.claim(revision);
            Claim second = fixture.claim(revision);
            first.close();
            second.close();
            awaitFrozen(fixture, 1);
            fixture.idleClock.addAndGet(TimeUnit.SECONDS.toNanos(59));
            fixture.worker.tick();
            assertThat(fixture.worker.instances()).hasSize(2);
            fixture.idleClock.addAndGet(TimeUnit.SECONDS.toNanos(2));
            fixture.worker.tick();
            await().until(() -> fixture.worker.instances().size() == 1);
            assertThat(fixture.listener.retired).containsExactly("it was idle for 60 s");
            fixture.worker.tick();
            assertThat(fixture.worker.instances()).hasSize(1);
        }
    }

    @Test
    void theLeastIsStartedAndRestarted() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision(
                    "f", new Revision.Limits(1, 2, 10, Duration.ofSeconds(60), WorkerFixture.TIMEOUT));
            fixture.worker.keepLeast(revision);
            await().until(() -> fixture.listener.starts.size() == 2);
            fixture.provider
                    .running()
                    .getFirst()
                    .crash(new SandboxExit(FunctionExit.Cause.MEMORY, "the function was ended by signal 9"));
            await().until(() -> fixture.listener.deaths.size() == 1);
            assertThat(fixture.listener.deaths.getFirst().outOfMemory()).isTrue();
            fixture.worker.tick();
            await().until(() -> fixture.listener.starts.size() == 3);
        }
    }

    @Test
    void anIdleInstanceMakesRoomForAnotherFunction() throws Exception {
        // Room for one instance with what its VMM needs, not for two.
        DataSize room = DataSize.ofMebibytes(150);
        try (WorkerFixture fixture = new WorkerFixture(folder, Mode.DISABLED, Optional.empty(), room, 4, 100)) {
            fixture.invoke(WorkerFixture.revision("f"));
            assertThat(fixture.worker.instances()).hasSize(1);
            assertThat(fixture.invoke(WorkerFixture.revision("g"))).isEqualTo("1");
            await().until(() -> fixture.listener.retired.contains("its memory was needed"));
        }
    }

    @Test
    void withoutSnapshotsEveryStartIsABoot() throws Exception {
        try (WorkerFixture fixture =
                new WorkerFixture(folder, Mode.DISABLED, Optional.empty(), DataSize.ofGibibytes(8), 4, 100)) {
            Revision revision = WorkerFixture.revision("f");
            fixture.invoke(revision);
            fixture.worker.retire(revision, true);
            await().until(() -> fixture.worker.instances().isEmpty());
            try (Claim claim = fixture.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.BOOT);
            }
            assertThat(fixture.listener.freezes).isEmpty();
        }
    }

    @Test
    void aBrokenConnectionIsExplainedByTheInstancesEnd() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder);
                Claim claim = fixture.claim(WorkerFixture.revision("f"));
                var connection = claim.connect(ByteBuffer.allocate(0), WorkerFixture.TIMEOUT)) {
            fixture.provider.running().getFirst().crash(SandboxExit.of("the VMM was ended by signal 9"));
            assertThatThrownBy(() -> connection.input().read()).isInstanceOf(IOException.class);
            assertThat(claim.awaitExit(WorkerFixture.TIMEOUT).orElseThrow().text())
                    .isEqualTo("the VMM was ended by signal 9");
        }
    }

    @Test
    void anInstanceIsDiscardedWhenNobodyElseIsInIt() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision("f", WorkerFixture.limits(2, 1));
            Claim first = fixture.claim(revision);
            Claim second = fixture.claim(revision);
            first.discardIfAlone("it does not answer");
            assertThat(fixture.worker.instances().getFirst().state()).isEqualTo(InstanceState.READY);
            second.close();
            first.discardIfAlone("it does not answer");
            await().until(() -> fixture.worker.instances().isEmpty());
            assertThat(fixture.listener.retired).containsExactly("it does not answer");
            first.close();
        }
    }

    @Test
    void aRemovedRevisionTakesNoMoreAndFinishesWhatRuns() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision("f", WorkerFixture.limits(1, 1));
            Claim running = fixture.claim(revision);
            CompletableFuture<Claim> waiting = claiming(fixture, revision);
            await().until(() -> fixture.worker.queued() == 1);
            fixture.worker.remove(revision, "The function was deleted.");
            assertThatThrownBy(() -> get(waiting)).hasMessageContaining("The function was deleted.");
            assertThat(WorkerFixture.invoke(running)).isEqualTo("1");
            running.close();
            await().until(() -> fixture.provider.running().isEmpty());
        }
    }

    @Test
    void freezingOnDemandNeedsAnIdleBootedInstance() throws Exception {
        try (WorkerFixture fixture = WorkerFixture.local(folder)) {
            Revision revision = WorkerFixture.revision("f");
            assertThat(fixture.worker.freezeNow(revision)).isEmpty();
            fixture.invoke(revision);
            awaitFrozen(fixture, 1);
            assertThat(fixture.worker.freezeNow(revision).orElseThrow().get(20, TimeUnit.SECONDS))
                    .isPresent();
            assertThat(fixture.listener.freezes).hasSize(2);
        }
    }

    @Test
    void closingLeavesNothing() throws Exception {
        WorkerFixture fixture = WorkerFixture.local(folder);
        Revision revision = WorkerFixture.revision("f");
        Claim running = fixture.claim(revision);
        fixture.invoke(WorkerFixture.revision("g"));
        running.close();
        fixture.close();
        assertThat(fixture.provider.running()).isEmpty();
        assertThat(fixture.worker.instances()).isEmpty();
        assertThatThrownBy(() -> fixture.claim(revision)).isInstanceOf(NodeException.class);
    }
}
