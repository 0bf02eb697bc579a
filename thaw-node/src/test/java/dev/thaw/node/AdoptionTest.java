package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.sandbox.MemorySandbox;
import dev.thaw.sandbox.MemorySandboxProvider.Operation;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxExit;
import dev.thaw.store.DataSize;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an earlier daemon has left: by its death, or by leaving it. */
class AdoptionTest {
    @TempDir
    Path folder;

    private static void awaitReady(WorkerFixture fixture, int freezes) {
        await().until(() -> fixture.listener.freezes.size() == freezes
                && fixture.worker.instances().stream().allMatch(view -> view.state() == InstanceState.READY));
    }

    private static void refuse(WorkerFixture fixture, Operation refused) {
        fixture.provider.interfere((operation, instance) -> {
            if (operation == refused) {
                throw new SandboxException(SandboxException.Code.AGENT, "it does not answer");
            }
        });
    }

    @Test
    void theNextInvocationAfterADaemonsDeathIsWarm() throws Exception {
        Revision revision = WorkerFixture.revision("f");
        WorkerFixture dead = WorkerFixture.local(folder);
        assertThat(dead.invoke(revision)).isEqualTo("1");
        awaitReady(dead, 1);
        try (WorkerFixture next = dead.successor()) {
            next.adopt(revision);
            assertThat(next.listener.adopted).hasSize(1);
            InstanceView view = next.worker.instances().getFirst();
            assertThat(view.start()).contains(StartKind.BOOT);
            try (Claim claim = next.claim(revision)) {
                assertThat(claim.kind()).isEqualTo(StartKind.WARM);
                assertThat(WorkerFixture.invoke(claim)).isEqualTo("2");
            }
            assertThat(next.listener.starts).isEmpty();
            next.worker.retire(revision, true);
            await().until(() -> next.provider.running().isEmpty());
            assertThat(next.worker.freeBytes())
                    .isEqualTo(DataSize.ofGibibytes(8).bytes());
        }
    }

    @Test
    void aThawedOneHoldsItsSnapshotAgain() throws Exception {
        Revision revision = WorkerFixture.revision("f");
        WorkerFixture dead = WorkerFixture.local(folder);
        dead.invoke(revision);
        awaitReady(dead, 1);
        dead.worker.retire(revision, true);
        await().until(() -> dead.worker.instances().isEmpty());
        dead.invoke(revision);
        try (WorkerFixture next = dead.successor()) {
            next.adopt(revision);
            assertThat(next.cache.list())
                    .singleElement()
                    .satisfies(cached -> assertThat(cached.leases()).isEqualTo(1));
            next.worker.retire(revision, true);
            await().until(() -> next.cache.list().getFirst().leases() == 0);
        }
    }

    /** What it was booted with may not be what a start would boot now: its snapshot would lie. */
    @Test
    void anAdoptedOneIsNotFrozen() throws Exception {
        Revision revision = WorkerFixture.revision("f");
        WorkerFixture dead = WorkerFixture.local(folder);
        refuse(dead, Operation.FREEZE);
        dead.invoke(revision);
        await().until(() -> dead.listener.freezeFailures.size() == 1);
        awaitReady(dead, 0);
        try (WorkerFixture next = dead.successor()) {
            next.adopt(revision);
            assertThat(next.invoke(revision)).isEqualTo("2");
            assertThat(next.worker.freezeNow(revision)).isEmpty();
            assertThat(next.listener.freezes).isEmpty();
        }
    }

    @Test
    void theSickTheBusyAndTheUnwantedAreRemoved() throws Exception {
        Revision sick = WorkerFixture.revision("sick");
        Revision busy = WorkerFixture.revision("busy");
        Revision died = WorkerFixture.revision("died");
        Revision gone = WorkerFixture.revision("gone");
        Revision well = WorkerFixture.revision("well");
        WorkerFixture dead = WorkerFixture.local(folder);
        for (Revision revision : List.of(sick, busy, died, gone, well)) {
            dead.invoke(revision);
        }
        awaitReady(dead, 5);
        Claim claim = dead.claim(busy);
        var unused = claim.connect(ByteBuffer.allocate(0), WorkerFixture.TIMEOUT);
        try (WorkerFixture next = dead.successor()) {
            // Between one daemon and the next.
            dead.provider.running().stream()
                    .filter(sandbox -> sandbox.id().startsWith("died"))
                    .forEach(sandbox -> sandbox.crash(SandboxExit.of("killed")));
            next.provider.interfere((operation, instance) -> {
                if (operation == Operation.ADOPT && instance.startsWith("sick")) {
                    throw new SandboxException(SandboxException.Code.GUEST_HUNG, "it does not answer");
                }
            });
            next.adopt(sick, busy, died, well);
            assertThat(next.worker.instances())
                    .extracting(InstanceView::function)
                    .containsExactly("well");
            assertThat(next.listener.adoptionFailures).hasSize(3).contains("it does not answer");
            assertThat(next.provider.running()).hasSize(1);
            assertThat(dead.provider.running())
                    .extracting(MemorySandbox::id)
                    .noneMatch(id -> id.startsWith("gone") || id.startsWith("busy"));
            for (Revision revision : List.of(sick, busy, died)) {
                assertThat(next.invoke(revision)).as("after a removal, a thaw").isEqualTo("2");
            }
        }
    }

    @Test
    void whatStandsStillForItsFreezeEndsWithItsDaemon() throws Exception {
        Revision revision = WorkerFixture.revision("f");
        WorkerFixture dead = WorkerFixture.local(folder);
        CountDownLatch standing = new CountDownLatch(1);
        CountDownLatch hold = new CountDownLatch(1);
        dead.provider.interfere((operation, instance) -> {
            if (operation == Operation.RESUME) {
                standing.countDown();
                try {
                    hold.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        dead.invoke(revision);
        MemorySandbox booted = dead.provider.running().getFirst();
        assertThat(standing.await(20, TimeUnit.SECONDS)).isTrue();
        try (WorkerFixture next = dead.successor()) {
            assertThat(next.provider.left()).isEmpty();
            assertThat(booted.exited()).isDone();
        } finally {
            hold.countDown();
        }
    }

    @Test
    void thereIsNoRoomForMoreThanTheMemory() throws Exception {
        Revision revision = WorkerFixture.revision("f");
        WorkerFixture dead = WorkerFixture.local(folder);
        try (Claim one = dead.claim(revision);
                Claim other = dead.claim(revision)) {
            assertThat(one.instance()).isNotEqualTo(other.instance());
        }
        awaitReady(dead, 1);
        try (WorkerFixture next = dead.successor(DataSize.ofMebibytes(150))) {
            next.adopt(revision);
            assertThat(next.worker.instances()).hasSize(1);
            assertThat(next.listener.adoptionFailures).containsExactly("the worker has too little memory for it");
            assertThat(next.invoke(revision)).isEqualTo("1");
        }
    }

    @Test
    void aWorkerThatLeavesGivesTheIdleAwayAtOnceAndTheBusyWhenTheyAreIdle() throws Exception {
        Revision revision = WorkerFixture.revision("f");
        WorkerFixture old = WorkerFixture.local(folder);
        Claim busy = old.claim(revision);
        old.invoke(revision);
        awaitReady(old, 1);
        assertThat(old.worker.settle(WorkerFixture.TIMEOUT)).isTrue();
        old.worker.leave();
        assertThat(old.worker.instances()).extracting(InstanceView::inFlight).containsExactly(1);
        assertThatThrownBy(() -> old.claim(revision)).isInstanceOf(NodeException.class);
        assertThat(WorkerFixture.invoke(busy)).isEqualTo("1");
        busy.close();
        await().until(() -> old.worker.instances().isEmpty());
        old.worker.close();
        assertThat(old.listener.retired).isEmpty();
        try (WorkerFixture next = old.successor()) {
            assertThat(next.provider.left()).hasSize(2);
            next.adopt(revision);
            assertThat(next.listener.adopted).hasSize(2);
            assertThat(next.invoke(revision)).isEqualTo("2");
        }
    }

    @Test
    void oneThatCannotBeLeftIsEnded() throws Exception {
        Revision revision = WorkerFixture.revision("f");
        WorkerFixture old = WorkerFixture.local(folder);
        old.invoke(revision);
        awaitReady(old, 1);
        refuse(old, Operation.LET_GO);
        old.worker.leave();
        old.worker.close();
        try (WorkerFixture next = old.successor()) {
            assertThat(next.provider.left()).isEmpty();
        }
    }
}
