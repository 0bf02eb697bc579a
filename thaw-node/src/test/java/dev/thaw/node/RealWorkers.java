package dev.thaw.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import dev.thaw.guest.AgentLog;
import dev.thaw.image.ImageConfig;
import dev.thaw.image.ImageLibrary;
import dev.thaw.image.ImageLimits;
import dev.thaw.image.ImageReference;
import dev.thaw.image.ProgressListener;
import dev.thaw.image.RootFilesystem;
import dev.thaw.image.SampleBuilder;
import dev.thaw.lazy.Troubles;
import dev.thaw.sandbox.EgressSettings;
import dev.thaw.sandbox.FunctionConnection;
import dev.thaw.sandbox.FunctionProcess;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.sandbox.QemuProvider;
import dev.thaw.store.DataSize;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.ObjectStores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Workers of real parts: QEMU, caches and a store on disk, sample images. */
final class RealWorkers implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Path runDirectory;
    private final QemuProvider provider;
    private final ImageLibrary images;
    private final SnapshotStore store;
    private final List<Worker> workers = new ArrayList<>();
    private final RealPlaces places;
    private final Heard heard = new Heard();

    /** Workers that fetch snapshots as a whole. */
    RealWorkers(Path directory, Mode mode, int count) throws Exception {
        this(directory, mode, count, ObjectStores.open("file:" + directory.resolve("store")), Optional.empty());
    }

    /**
     * Workers that thaw snapshots while they arrive, as a daemon's do.
     *
     * @param objects closed with these
     * @param lazily how they thaw
     */
    static RealWorkers lazy(Path directory, int count, ObjectStore objects, RealPlaces.Lazily lazily) throws Exception {
        return new RealWorkers(directory, Mode.REMOTE, count, objects, Optional.of(lazily));
    }

    private RealWorkers(Path directory, Mode mode, int count, ObjectStore objects, Optional<RealPlaces.Lazily> lazily)
            throws Exception {
        runDirectory = Files.createTempDirectory(Path.of("/tmp"), "thaw");
        provider = QemuProvider.open(
                directory.resolve("sandbox"),
                runDirectory,
                softwareCache(),
                EgressSettings.ofThisHost(),
                Clock.systemUTC());
        images = ImageLibrary.open(
                directory.resolve("images"),
                new SampleBuilder(Path.of("../functions").toRealPath()),
                ImageLimits.DEFAULT);
        store = new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC());
        places = new RealPlaces(store, runDirectory, lazily);
        for (int i = 0; i < count; i++) {
            Path own = directory.resolve("worker-" + i);
            workers.add(new Worker(
                    config("worker-" + i, own.resolve("tmp"), mode, lazily),
                    provider,
                    places.open(own),
                    this::rootfs,
                    name -> new WordsOfAgents(heard),
                    heard,
                    Clock.systemUTC(),
                    System::nanoTime));
        }
    }

    private static WorkerConfig config(String name, Path directory, Mode mode, Optional<RealPlaces.Lazily> lazily) {
        WorkerConfig usual = WorkerConfig.of(name, directory, mode, DataSize.ofGibibytes(4));
        return new WorkerConfig(
                name,
                directory,
                mode,
                usual.memory(),
                usual.parallelStarts(),
                usual.queueLimit(),
                usual.readyTimeout(),
                lazily.map(RealPlaces.Lazily::patience).orElse(usual.fetchTimeout()),
                usual.thawTimeout(),
                usual.hookTimeout(),
                usual.pointerAge(),
                usual.prepared());
    }

    /** What went wrong on a worker that thaws lazily. */
    Troubles troubles(int worker) {
        return places.troubles(worker);
    }

    static Path softwareCache() {
        return Path.of(
                Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                        .orElse(System.getProperty("user.home") + "/.cache"),
                "thaw");
    }

    Worker worker(int index) {
        return workers.get(index);
    }

    Path runDirectory() {
        return runDirectory;
    }

    /** The same function, always booted. */
    Revision withoutSnapshots(Revision r) {
        return WorkerFixture.withoutSnapshots(r, r.name() + "-boot");
    }

    /** The same image with another command. */
    Revision withCommand(Revision r, String name, List<String> argv) {
        FunctionProcess process = r.process();
        return new Revision(
                name + "-00001",
                name,
                r.image(),
                new FunctionProcess(
                        argv,
                        process.environment(),
                        process.workingDirectory(),
                        process.user(),
                        process.stopSignal(),
                        process.port()),
                r.shape(),
                r.kernel(),
                r.trustDomain(),
                r.snapshots(),
                r.limits());
    }

    /** The same function under another bound; its snapshots are the same. */
    Revision withConcurrency(Revision r, int concurrency) {
        return withLimits(r, concurrency, r.limits().most());
    }

    Revision withLimits(Revision r, int concurrency, int most) {
        Revision.Limits limits = new Revision.Limits(
                concurrency,
                r.limits().least(),
                most,
                r.limits().idle(),
                r.limits().timeout());
        return new Revision(
                r.name() + "-" + concurrency,
                r.function(),
                r.image(),
                r.process(),
                r.shape(),
                r.kernel(),
                r.trustDomain(),
                r.snapshots(),
                limits);
    }

    Heard heard() {
        return heard;
    }

    Revision sample(String name, long memoryBytes) throws Exception {
        RootFilesystem image = images.resolve(ImageReference.parse("sample:" + name), ProgressListener.NONE);
        ImageConfig config = image.config();
        List<String> argv = new ArrayList<>(config.entrypoint());
        argv.addAll(config.cmd());
        List<String> environment = new ArrayList<>(config.env());
        environment.add("PORT=8080");
        return new Revision(
                name + "-00001",
                name,
                image.imageDigest(),
                new FunctionProcess(argv, environment, config.workingDir(), config.user(), 15, 8080),
                new MachineShape(memoryBytes, 1),
                Optional.empty(),
                "default",
                true,
                new Revision.Limits(10, 0, 10, Duration.ofSeconds(60), TIMEOUT));
    }

    private RootFilesystems.Rootfs rootfs(Revision revision) throws IOException {
        RootFilesystem image = images.find(revision.image()).orElseThrow(() -> new IOException("the image is gone"));
        return new RootFilesystems.Rootfs(image.erofs(), image.contentDigest());
    }

    /** One request in a claim of its own; the body. */
    String get(int worker, Revision revision, String path) throws Exception {
        try (Claim claim = workers.get(worker).claim(revision, System.nanoTime())) {
            return get(claim, path);
        }
    }

    static String get(Claim claim, String path) throws Exception {
        Answer answer = exchange(claim, "GET", path, new byte[0]);
        if (answer.status() != 200) {
            throw new IOException("not an answer: " + answer);
        }
        return answer.text();
    }

    /** A function's answer; {@code head} is the status line and all headers. */
    record Answer(int status, String head, byte[] body) {
        String text() {
            return new String(body, UTF_8);
        }

        @Override
        public String toString() {
            return head + "\n" + (body.length < 1000 ? text() : body.length + " bytes");
        }
    }

    static Answer exchange(Claim claim, String method, String path, byte[] body) throws Exception {
        String head = method + " " + path + " HTTP/1.1\r\nHost: f\r\nConnection: close\r\nContent-Length: "
                + body.length + "\r\n\r\n";
        ByteBuffer request = ByteBuffer.allocate(head.length() + body.length);
        request.put(head.getBytes(UTF_8)).put(body).flip();
        try (FunctionConnection connection = claim.connect(request, TIMEOUT)) {
            byte[] rest = new byte[request.remaining()];
            request.get(rest);
            connection.output().write(rest);
            byte[] answer = connection.input().readAllBytes();
            String text = new String(answer, StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (!text.startsWith("HTTP/1.1 ") || end < 0) {
                throw new IOException("not an answer: " + text);
            }
            return new Answer(
                    Integer.parseInt(text.substring(9, 12)),
                    text.substring(0, end),
                    Arrays.copyOfRange(answer, end + 4, answer.length));
        }
    }

    /** One cold start with one answer, and its end. */
    StartKind cycle(int worker, Revision revision) throws Exception {
        StartKind kind;
        try (Claim claim = workers.get(worker).claim(revision, System.nanoTime())) {
            kind = claim.kind();
            if (get(claim, "/").isEmpty()) {
                throw new IOException("an empty answer");
            }
        }
        retire(worker, revision);
        return kind;
    }

    /** Ends all instances of the revision, and waits for their end. */
    void retire(int worker, Revision revision) {
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(60))
                .until(() -> {
                    workers.get(worker).retire(revision, true);
                    return workers.get(worker).instances().stream()
                            .noneMatch(view -> view.revision().equals(revision.name()));
                });
    }

    @Override
    public void close() throws Exception {
        workers.forEach(Worker::close);
        places.close();
        images.close();
        store.close();
        provider.close();
        Files.delete(runDirectory);
    }

    /** Keeps what agents say; what functions print is of no interest here. */
    private record WordsOfAgents(Heard heard) implements AgentLog {
        @Override
        public void append(Source source, byte[] bytes) {
            if (source == Source.AGENT) {
                heard.log.add(new String(bytes, UTF_8));
            }
        }

        @Override
        public void dropped(long bytes) {}
    }
}
