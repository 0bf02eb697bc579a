package dev.thaw.cli.bench.reads;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.store.FrozenFunction;
import dev.thaw.store.Manifest;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.PartBlocks;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.key.WrappingKeys;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Sequential and random reads of a published root file system's files: through a lazy mount as a thawed VMM has it, with nothing fetched ahead, and through {@code casync mount} of the
 * same tree. Both stores are folders on this machine; each measurement has a mount of its own, with nothing in its caches. What was read is compared.
 */
public final class ReadsBench {
    /** Smaller files would measure how files are opened. */
    private static final long SMALLEST = 1 << 20;

    private static final long SEED = 1;
    private static final int LONG_READ_BYTES = 128 << 10;
    private static final int SHORT_READ_BYTES = 4 << 10;

    private final Path work;
    private final Consumer<String> progress;

    /** @param work an empty folder with a short path */
    public ReadsBench(Path work, Consumer<String> progress) {
        this.work = requireNonNull(work, "work is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    /** @param warmUps rounds before those that count: the server is a Java process, whose code is not compiled at first */
    public ReadsReport run(FrozenFunction function, int warmUps, int rounds, int randomReads, Report.Host host)
            throws IOException {
        Path image = FrozenFunction.rootfs(function.folder());
        Path tree = work.resolve("extracted");
        progress.accept("Extracting the tree, archiving it and publishing the image");
        Programs.run(List.of("fsck.erofs", "--extract=" + tree, image.toString()));
        List<Path> files = files(tree);
        Path list = work.resolve("files");
        Files.write(
                list,
                files.stream().map(file -> tree.relativize(file).toString()).toList());
        long fileBytes = 0;
        for (Path file : files) {
            fileBytes += Files.size(file);
        }
        try (ObjectSnapshotStore store = new ObjectSnapshotStore(
                ObjectStores.open("file:" + work.resolve("store")),
                WrappingKeys.readOrCreate(work.resolve("keys")),
                Clock.systemUTC())) {
            List<Tree.Mounter> mounters =
                    List.of(ThawTree.published(store, publish(store, function)), CasyncTree.archive(tree, work));
            Map<String, Series> series = new LinkedHashMap<>();
            for (int round = 1 - warmUps; round <= rounds; round++) {
                Map<String, List<Long>> sums = new LinkedHashMap<>();
                for (Tree.Mounter mounter : mounters) {
                    Reading sequential = read(mounter, list, "sequential", LONG_READ_BYTES);
                    Reading shortReads = read(mounter, list, "sequential", SHORT_READ_BYTES);
                    Reading random = read(mounter, list, "random", randomReads, SEED + round);
                    sums.put(mounter.name(), List.of(sequential.sum(), shortReads.sum(), random.sum()));
                    progress.accept((round < 1 ? "Warming up, " : "Round " + round + " of " + rounds + ", ")
                            + "%s: sequential %.0f MB/s, by 4 KiB %.0f MB/s, random %.0f/s, median %.0f us"
                                    .formatted(
                                            mounter.name(),
                                            sequential.bytesPerSecond() / 1e6,
                                            shortReads.bytesPerSecond() / 1e6,
                                            random.bytesPerSecond() / SHORT_READ_BYTES,
                                            random.medianMicros()));
                    if (round >= 1) {
                        series.computeIfAbsent(mounter.name(), Series::new).add(sequential, shortReads, random);
                    }
                }
                if (Set.copyOf(sums.values()).size() > 1) {
                    throw new IOException("The two mounts give different bytes.");
                }
            }
            List<ReadsReport.Program> programs =
                    series.values().stream().map(Series::report).toList();
            ReadsReport.Program thaw = programs.getFirst();
            ReadsReport.Program casync = programs.getLast();
            return new ReadsReport(
                    host,
                    function.name(),
                    Files.size(image),
                    files.size(),
                    fileBytes,
                    warmUps,
                    randomReads,
                    ratio(thaw.sequentialBytesPerSecond(), casync.sequentialBytesPerSecond()),
                    ratio(thaw.sequential4kBytesPerSecond(), casync.sequential4kBytesPerSecond()),
                    ratio(thaw.randomReadsPerSecond(), casync.randomReadsPerSecond()),
                    programs);
        }
    }

    private static double ratio(Distribution ours, Distribution theirs) {
        return ours.p50() / theirs.p50();
    }

    private static List<Path> files(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            List<Path> files = new ArrayList<>();
            for (Path file : all.filter(path -> Files.isRegularFile(path, java.nio.file.LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList()) {
                if (Files.size(file) >= SMALLEST) {
                    files.add(file);
                }
            }
            if (files.isEmpty()) {
                throw new IOException("The root file system has no file of " + SMALLEST + " bytes.");
            }
            return files;
        }
    }

    /** Without a companion a snapshot is not opened lazily; this one has a single block, and is not used. */
    private static Manifest publish(ObjectSnapshotStore store, FrozenFunction function) throws IOException {
        SnapshotDraft draft = function.draft("default");
        Manifest manifest = store.publish(draft, Cancellation.never());
        Map<PartKind, Path> parts = Map.of(
                PartKind.MEMORY, draft.memory().file(),
                PartKind.STATE, draft.state().file(),
                PartKind.ROOTFS, draft.rootfs().file());
        try (PartBlocks blocks = new PartBlocks(parts)) {
            store.publishHot(
                    manifest, List.of(new HotBlock(PartKind.ROOTFS.ordinal(), 0)), blocks, Cancellation.never());
        }
        return manifest;
    }

    private Reading read(Tree.Mounter mounter, Path list, String how, long... numbers) throws IOException {
        Path folder = Files.createTempDirectory(work, "mount-");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ReadsMain.class.getName()));
        try (Tree tree = mounter.mount(folder)) {
            command.add(tree.root().toString());
            command.addAll(List.of(list.toString(), how));
            LongStream.of(numbers).mapToObj(Long::toString).forEach(command::add);
            return Reading.parse(Programs.run(command));
        }
    }

    /** What a child says of its reads. */
    private record Reading(long bytes, long nanos, long medianNanos, long p99Nanos, long sum) {
        static Reading parse(String line) {
            List<Long> numbers =
                    Stream.of(line.split(" ", -1)).map(Long::parseLong).collect(Collectors.toList());
            return new Reading(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3), numbers.get(4));
        }

        double bytesPerSecond() {
            return bytes * 1e9 / nanos;
        }

        double medianMicros() {
            return medianNanos / 1e3;
        }
    }

    /** The rounds of one program. */
    private static final class Series {
        private final String name;
        private final List<Double> sequential = new ArrayList<>();
        private final List<Double> shortReads = new ArrayList<>();
        private final List<Double> random = new ArrayList<>();
        private final List<Double> medians = new ArrayList<>();
        private final List<Double> p99s = new ArrayList<>();

        Series(String name) {
            this.name = name;
        }

        void add(Reading inOrder, Reading inOrderShort, Reading atRandom) {
            sequential.add(inOrder.bytesPerSecond());
            shortReads.add(inOrderShort.bytesPerSecond());
            random.add(atRandom.bytesPerSecond() / SHORT_READ_BYTES);
            medians.add(atRandom.medianMicros());
            p99s.add(atRandom.p99Nanos() / 1e3);
        }

        ReadsReport.Program report() {
            return new ReadsReport.Program(
                    name,
                    Distribution.of(sequential),
                    Distribution.of(shortReads),
                    Distribution.of(random),
                    Distribution.of(medians),
                    Distribution.of(p99s));
        }
    }
}
