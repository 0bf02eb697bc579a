package dev.thaw.node;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.DiskNodeCache;
import dev.thaw.guest.AgentLog;
import dev.thaw.sandbox.FunctionProcess;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.sandbox.MemorySandboxProvider;
import dev.thaw.store.DataSize;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A worker whose sandboxes are in memory, with a clock of its own for idle times. */
final class WorkerFixture implements AutoCloseable {
    static final MachineShape SHAPE = new MachineShape(64L << 20, 1);
    /** Short, for a store that stands still. */
    private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(2);

    static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** One invocation counts one up and answers the count. */
    private static void count(AtomicLong memory, InputStream input, OutputStream output) throws IOException {
        if (input.read() >= 0) {
            output.write(Long.toString(memory.incrementAndGet()).getBytes(StandardCharsets.US_ASCII));
        }
    }

    final MemorySandboxProvider provider;
    final DiskNodeCache cache;
    final RecordingListener listener = new RecordingListener();
    final AtomicLong idleClock = new AtomicLong();
    final Worker worker;

    private final Path folder;

    WorkerFixture(Path folder, Mode mode, Optional<SnapshotStore> store, DataSize memory, int starts, int queue)
            throws IOException {
        this(
                folder,
                new MemorySandboxProvider(folder.resolve("sandboxes"), Map.of("count", WorkerFixture::count)),
                mode,
                store,
                memory,
                starts,
                queue,
                new NonePrepared());
    }

    private WorkerFixture(
            Path folder,
            MemorySandboxProvider provider,
            Mode mode,
            Optional<SnapshotStore> store,
            DataSize memory,
            int starts,
            int queue,
            PreparedPolicy prepared)
            throws IOException {
        this.folder = folder;
        this.provider = provider;
        Path rootfs = Files.write(folder.resolve("rootfs"), new byte[4096]);
        Digest rootfsDigest = Digest.of(Files.readAllBytes(rootfs));
        cache = DiskNodeCache.open(
                folder.resolve("cache"), CacheBounds.of(DataSize.ofGibibytes(1)), store, Clock.systemUTC());
        worker = new Worker(
                new WorkerConfig(
                        "worker-0",
                        folder.resolve("work"),
                        mode,
                        memory,
                        starts,
                        queue,
                        TIMEOUT,
                        FETCH_TIMEOUT,
                        TIMEOUT,
                        TIMEOUT,
                        Duration.ZERO,
                        prepared),
                provider,
                SnapshotPlaces.whole(cache, store),
                revision -> new RootFilesystems.Rootfs(rootfs, rootfsDigest),
                name -> new SilentLog(),
                listener,
                Clock.systemUTC(),
                idleClock::get);
    }

    static WorkerFixture local(Path folder) throws IOException {
        return new WorkerFixture(folder, Mode.LOCAL, Optional.empty(), DataSize.ofGibibytes(8), 4, 100);
    }

    static WorkerFixture remote(Path folder, Optional<SnapshotStore> store) throws IOException {
        return new WorkerFixture(folder, Mode.REMOTE, store, DataSize.ofGibibytes(8), 4, 100);
    }

    /** With VMMs standing by. */
    static WorkerFixture prepared(Path folder, DataSize memory, int each) throws IOException {
        return new WorkerFixture(
                folder,
                new MemorySandboxProvider(folder.resolve("sandboxes"), Map.of("count", WorkerFixture::count)),
                Mode.LOCAL,
                Optional.empty(),
                memory,
                4,
                100,
                PreparedPerShape.of(each));
    }

    /** The worker of a next daemon, when this one's has just died: nobody closed it, but the kernel let go its locks. */
    WorkerFixture successor(DataSize memory) throws IOException {
        cache.close();
        return new WorkerFixture(
                folder, provider.successor(), Mode.LOCAL, Optional.empty(), memory, 4, 100, new NonePrepared());
    }

    WorkerFixture successor() throws IOException {
        return successor(DataSize.ofGibibytes(8));
    }

    /** Adopts what was left; all of it is decided when this returns. */
    void adopt(Revision... revisions) throws InterruptedException {
        try (Adoption adoption = Adoption.begin(
                provider.left(),
                List.of(worker),
                name -> Stream.of(revisions)
                        .filter(revision -> revision.name().equals(name))
                        .findFirst())) {
            adoption.await(TIMEOUT);
        }
    }

    static Revision revision(String function, Revision.Limits limits) {
        return new Revision(
                function + "-00001",
                function,
                Digest.of(function.getBytes(StandardCharsets.UTF_8)),
                new FunctionProcess(List.of("count"), List.of("A=b"), "/", "", 15, 8080),
                SHAPE,
                Optional.empty(),
                "default",
                true,
                limits);
    }

    static Revision revision(String function) {
        return revision(function, limits(1, 10));
    }

    static Revision withoutSnapshots(Revision revision, String name) {
        return new Revision(
                name,
                revision.function(),
                revision.image(),
                revision.process(),
                revision.shape(),
                revision.kernel(),
                revision.trustDomain(),
                false,
                revision.limits());
    }

    static Revision.Limits limits(int concurrency, int most) {
        return new Revision.Limits(concurrency, 0, most, Duration.ofSeconds(60), TIMEOUT);
    }

    Claim claim(Revision revision) throws NodeException {
        return worker.claim(revision, System.nanoTime());
    }

    /** Claims, invokes, and gives the place back. */
    String invoke(Revision revision) throws NodeException, IOException {
        try (Claim claim = claim(revision)) {
            return invoke(claim);
        }
    }

    static String invoke(Claim claim) throws IOException {
        try (var connection = claim.connect(ByteBuffer.wrap(new byte[] {'x'}), TIMEOUT)) {
            return new String(connection.input().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Override
    public void close() {
        worker.close();
        provider.close();
    }

    private static final class SilentLog implements AgentLog {
        @Override
        public void append(Source source, byte[] bytes) {}

        @Override
        public void dropped(long bytes) {}
    }
}
