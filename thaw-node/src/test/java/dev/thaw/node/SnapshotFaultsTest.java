package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.sandbox.MemorySandboxProvider.Operation;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.store.DataSize;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is wrong with a snapshot, its cache or its store: the invocation is answered as the function would, the fault is counted, no wrong byte is used, and
 * nothing is left held. The program counts its invocations, so the answer tells what it was started from: 1 after a boot, 2 after a thaw.
 */
class SnapshotFaultsTest {
    private static final Revision REVISION = WorkerFixture.revision("f");

    @TempDir
    Path folder;

    private FaultyStore objects;
    private Optional<SnapshotStore> store;
    private WorkerFixture first;

    /** One worker that has frozen and published, and has nothing running. */
    @BeforeEach
    void publish() throws Exception {
        objects = new FaultyStore();
        store = Optional.of(new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC()));
        first = WorkerFixture.remote(Files.createDirectory(folder.resolve("first")), store);
    }

    @AfterEach
    void close() {
        first.close();
        assertThat(first.provider.running()).isEmpty();
    }

    private void freeze() throws Exception {
        assertThat(first.invoke(REVISION)).isEqualTo("1");
        await().until(() -> first.listener.freezes.size() == 1);
        retire(first);
    }

    private static void retire(WorkerFixture fixture) {
        await().until(() -> {
            fixture.worker.retire(REVISION, true);
            return fixture.worker.instances().stream()
                    .noneMatch(view -> view.revision().equals(REVISION.name()));
        });
        await().untilAsserted(() -> assertThat(fixture.cache.list()).allMatch(cached -> cached.leases() == 0));
    }

    private WorkerFixture other(String name) throws IOException {
        return WorkerFixture.remote(Files.createDirectory(folder.resolve(name)), store);
    }

    private static void assertStart(WorkerFixture fixture, StartKind kind, String failure) throws Exception {
        try (Claim claim = fixture.claim(REVISION)) {
            assertThat(claim.kind()).as(claim.start().reason()).isEqualTo(kind);
            assertThat(claim.start().failure()).isEqualTo(failure);
            assertThat(WorkerFixture.invoke(claim)).isEqualTo(kind == StartKind.BOOT ? "1" : "2");
        }
    }

    /** A boot in place of a thaw, whose freeze heals what was wrong: a third worker thaws. */
    private void assertBootedAndHealed(String failure) throws Exception {
        try (WorkerFixture second = other("second")) {
            assertStart(second, StartKind.BOOT, failure);
            await().until(() -> second.listener.freezes.size() == 1);
            retire(second);
        }
        try (WorkerFixture third = other("third")) {
            assertStart(third, StartKind.THAW_REMOTE, "");
            retire(third);
        }
    }

    @Test
    void withoutAFaultAnotherWorkerThaws() throws Exception {
        freeze();
        try (WorkerFixture second = other("second")) {
            assertStart(second, StartKind.THAW_REMOTE, "");
        }
    }

    @Test
    void whoWaitsForTheStoreLendsItsCore() throws Exception {
        freeze();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch silent = new CountDownLatch(1);
        objects.interfere((operation, key) -> {
            asked.countDown();
            try {
                silent.await();
            } catch (InterruptedException e) {
                throw new StoreException(Code.CANCELLED, "interrupted", e);
            }
        });
        Revision booted = WorkerFixture.withoutSnapshots(WorkerFixture.revision("g"), "g-00001");
        Path own = Files.createDirectory(folder.resolve("second"));
        try (WorkerFixture second = new WorkerFixture(own, Mode.REMOTE, store, DataSize.ofGibibytes(8), 1, 100);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> waiting = threads.submit(() -> second.invoke(REVISION));
            asked.await();
            assertThat(second.invoke(booted)).isEqualTo("1");
            assertThat(waiting).isNotDone();
            silent.countDown();
            assertThat(waiting.get()).as("thawed, or booted after its patience").isIn("1", "2");
        } finally {
            silent.countDown();
        }
    }

    @Test
    void flippedBytesOfPacksInTheStoreNeverReachAGuest() throws Exception {
        freeze();
        for (String key : keysOf("packs")) {
            objects.damage(key, 10);
        }
        assertBootedAndHealed("store.corrupt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"manifests", "pointers", "maps"})
    void aFlippedByteOfADocumentCostsNoInvocation(String kind) throws Exception {
        freeze();
        assertThat(keysOf(kind)).isNotEmpty();
        for (String key : keysOf(kind)) {
            objects.damage(key);
        }
        try (WorkerFixture second = other("second");
                Claim claim = second.claim(REVISION)) {
            // Not every byte of a document bears on the start: what counts is that it is one or the other.
            assertThat(WorkerFixture.invoke(claim)).isEqualTo(claim.kind() == StartKind.BOOT ? "1" : "2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"maps", "packs"})
    void whatIsGoneFromTheStoreBecomesABoot(String kind) throws Exception {
        freeze();
        for (String key : keysOf(kind)) {
            objects.delete(key, Cancellation.never());
        }
        assertBootedAndHealed("store.not_found");
    }

    @ParameterizedTest
    @EnumSource(
            value = Code.class,
            names = {"UNAVAILABLE", "DENIED", "NO_SPACE", "INVALID"})
    void aStoreThatRefusesBecomesABoot(Code code) throws Exception {
        freeze();
        objects.interfere((operation, key) -> {
            throw new StoreException(code, "not now");
        });
        try (WorkerFixture second = other("second")) {
            assertStart(second, StartKind.BOOT, "store." + code.name().toLowerCase(Locale.ROOT));
            await().until(() -> second.listener.freezeFailures.size() == 1);
            assertThat(second.invoke(REVISION)).as("it went on").isEqualTo("2");
        }
        // Here it is in the cache: the store is not asked.
        assertStart(first, StartKind.THAW_LOCAL, "");
    }

    @ParameterizedTest
    @CsvSource({"0,false,store.unavailable", "700,false,store.unavailable", "700,true,store.cancelled"})
    void aStoreThatDiesOrStandsStillInTheMiddleBecomesABoot(long bytes, boolean stand, String failure)
            throws Exception {
        freeze();
        try (WorkerFixture second = other("second")) {
            objects.cutAfter(bytes, stand);
            assertStart(second, StartKind.BOOT, failure);
            objects.cutAfter(Long.MAX_VALUE, false);
            await().until(() -> !second.listener.freezes.isEmpty() || !second.listener.freezeFailures.isEmpty());
            retire(second);
            assertThat(filesUnder("second/cache/incoming")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "memory,true", "state,true", "rootfs,true",
        "memory,false", "state,false", "rootfs,false"
    })
    void aFlippedByteInTheCacheIsFetchedAgainOrBooted(String part, boolean published) throws Exception {
        freeze();
        flip(filesUnder("first/cache/parts/" + part).getFirst());
        if (!published) {
            objects.interfere((operation, key) -> {
                throw new StoreException(Code.UNAVAILABLE, "not now");
            });
        }
        if (published) {
            assertStart(first, StartKind.THAW_REMOTE, "");
        } else {
            assertThat(first.invoke(REVISION)).isEqualTo("1");
        }
        assertThat(first.cache.stats().corruptParts()).isEqualTo(1);
    }

    /** Keys, packs, block maps, the manifest, the pointer. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    void aPublicationThatFailsAtAnyStepLeavesNothingThatAnotherWouldUse(int step) throws Exception {
        AtomicInteger puts = new AtomicInteger();
        objects.interfere((operation, key) -> {
            if (operation.equals("put") && puts.incrementAndGet() >= step) {
                throw new StoreException(Code.NO_SPACE, "the bucket is full");
            }
        });
        assertThat(first.invoke(REVISION)).isEqualTo("1");
        await().until(() -> first.listener.freezeFailures.size() == 1);
        assertThat(first.listener.freezeFailures.getFirst()).contains("the bucket is full");
        assertThat(first.invoke(REVISION)).as("it went on").isEqualTo("2");
        objects.interfere((operation, key) -> {});
        try (WorkerFixture second = other("second")) {
            assertStart(second, StartKind.BOOT, "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"work", "cache/incoming"})
    void aDiskThatTakesNoSnapshotCostsOnlyTheSnapshot(String gone) throws Exception {
        assertThat(first.invoke(WorkerFixture.revision("g"))).isEqualTo("1");
        await().until(() -> first.listener.freezes.size() == 1);
        assertThat(first.worker.instances()).hasSize(1);
        Path target = folder.resolve("first").resolve(gone);
        try (Stream<Path> files = Files.list(target)) {
            assertThat(files).isEmpty();
        }
        Files.delete(target);
        Files.writeString(target, "no folder");
        assertThat(first.invoke(REVISION)).isEqualTo("1");
        await().until(() -> first.listener.freezeFailures.size() == 1);
        assertThat(first.invoke(REVISION)).as("it went on").isEqualTo("2");
        retire(first);
        assertThat(first.invoke(REVISION)).as("a boot").isEqualTo("1");
    }

    @Test
    void anInstanceThatDoesNotGoOnAfterItsFreezeIsReplaced() throws Exception {
        first.provider.interfere((operation, instance) -> {
            if (operation == Operation.RESUME) {
                throw new SandboxException(SandboxException.Code.GUEST_HUNG, "it does not go on");
            }
        });
        assertThat(first.invoke(REVISION)).isEqualTo("1");
        await().until(() -> first.listener.freezeFailures.size() == 1
                && first.worker.instances().isEmpty());
        assertThat(first.provider.running()).isEmpty();
        assertThat(first.invoke(REVISION))
                .as("a thaw of what was frozen, or a boot")
                .isIn("1", "2");
    }

    private List<String> keysOf(String kind) throws StoreException {
        return objects.keys().stream()
                .filter(key -> key.contains("/" + kind + "/"))
                .toList();
    }

    private List<Path> filesUnder(String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static void flip(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, 0);
            one.put(0, (byte) (one.get(0) ^ 1)).rewind();
            channel.write(one, 0);
        }
    }
}
