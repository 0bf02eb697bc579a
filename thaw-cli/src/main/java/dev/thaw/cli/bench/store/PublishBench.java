package dev.thaw.cli.bench.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * How fast frozen functions are published to a folder, beside other programs that deduplicate and compress, and beside nothing but compression. The programs take turns, each as a
 * whole process into an empty store; what a round left to be written to the disk is written before the next begins.
 */
public final class PublishBench {
    private static final String ZSTD = "zstd";

    private final Path work;
    private final Consumer<String> progress;

    /** @param work an empty folder, on the file system of the frozen functions */
    public PublishBench(Path work, Consumer<String> progress) {
        this.work = requireNonNull(work, "work is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    public PublishReport run(List<FrozenFunction> functions, int rounds, Report.Host host) throws IOException {
        Path tree = stage(functions);
        List<Path> folders = functions.stream()
                .map(function -> tree.resolve(function.name()))
                .toList();
        Path distinct = work.resolve("distinct");
        DistinctBlocks blocks = distinct(folders, distinct);
        Map<String, Series> series = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            Path store = work.resolve("store");
            for (Publisher publisher : List.of(
                    Publisher.thaw(store, folders), Publisher.restic(store, folders), Publisher.casync(store, tree))) {
                progress.accept("Round " + round + " of " + rounds + ": " + publisher.name());
                series.computeIfAbsent(publisher.name(), name -> new Series()).add(publish(publisher, store));
            }
            progress.accept("Round " + round + " of " + rounds + ": zstd -1");
            series.computeIfAbsent(ZSTD, name -> new Series()).add(compress(distinct));
        }
        long memory = functions.stream()
                .mapToLong(function -> function.fit().memory().bytes())
                .sum();
        return report(host, functions.size(), memory, blocks, rounds, series);
    }

    /** Links to the files that all programs take, and to nothing else. */
    private Path stage(List<FrozenFunction> functions) throws IOException {
        Path tree = Files.createDirectory(work.resolve("functions"));
        for (FrozenFunction function : functions) {
            Path folder = Files.createDirectory(tree.resolve(function.name()));
            for (Path file : function.files()) {
                Files.createLink(folder.resolve(file.getFileName()), file);
            }
            function.in(folder).write();
        }
        return tree;
    }

    private DistinctBlocks distinct(List<Path> folders, Path target) throws IOException {
        progress.accept("Counting distinct blocks");
        List<Path> files = new ArrayList<>();
        for (Path folder : folders) {
            files.add(FrozenFunction.rootfs(folder));
            files.add(FrozenFunction.memory(folder));
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), 1 << 20)) {
            return DistinctBlocks.copy(files, out);
        }
    }

    private Sample publish(Publisher publisher, Path store) throws IOException {
        Path log = work.resolve("log");
        Files.createDirectory(store);
        try {
            for (List<String> command : publisher.prepare()) {
                MeasuredProcess.run(command, publisher.environment(), log);
            }
            flush(log);
            MeasuredProcess process = MeasuredProcess.run(publisher.publish(), publisher.environment(), log);
            return new Sample(process, size(store));
        } finally {
            Folders.delete(store);
        }
    }

    private Sample compress(Path file) throws IOException {
        Path log = work.resolve("log");
        Path compressed = work.resolve("compressed");
        flush(log);
        MeasuredProcess process = MeasuredProcess.run(
                List.of("zstd", "-1", "--single-thread", "--quiet", file.toString(), "-o", compressed.toString()),
                Map.of(),
                log);
        long size = Files.size(compressed);
        Files.delete(compressed);
        return new Sample(process, size);
    }

    /** What is still to be written would be written at the next one's cost. */
    private static void flush(Path log) throws IOException {
        MeasuredProcess.run(List.of("sync"), Map.of(), log);
    }

    private static long size(Path folder) throws IOException {
        long size = 0;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
            }
        }
        return size;
    }

    private static PublishReport report(
            Report.Host host,
            int functions,
            long memory,
            DistinctBlocks blocks,
            int rounds,
            Map<String, Series> series) {
        List<PublishReport.Program> programs = new ArrayList<>();
        series.forEach((name, samples) -> programs.add(samples.report(
                name, name.equals(ZSTD) ? blocks.distinctBytes() : blocks.logicalBytes(), blocks.distinctBytes())));
        Map<String, PublishReport.Program> byName = new LinkedHashMap<>();
        programs.forEach(program -> byName.put(program.name(), program));
        PublishReport.Program thaw = requireNonNull(byName.get("thaw"));
        double others = Math.min(
                requireNonNull(byName.get("restic")).wallMillis().p50(),
                requireNonNull(byName.get("casync")).wallMillis().p50());
        return new PublishReport(
                host,
                functions,
                blocks.logicalBytes(),
                memory,
                blocks.nonZeroBytes(),
                blocks.distinctBytes(),
                rounds,
                programs,
                others / thaw.wallMillis().p50(),
                thaw.distinctBytesPerCoreSecond()
                        / requireNonNull(byName.get(ZSTD)).distinctBytesPerCoreSecond());
    }

    private record Sample(MeasuredProcess process, long storedBytes) {}

    /** The rounds of one program. */
    private static final class Series {
        private final List<Sample> samples = new ArrayList<>();

        void add(Sample sample) {
            samples.add(sample);
        }

        PublishReport.Program report(String name, long bytes, long distinctBytes) {
            Distribution wall = Distribution.of(samples.stream()
                    .map(sample -> sample.process().wallMillis())
                    .toList());
            Distribution cpu = Distribution.of(
                    samples.stream().map(sample -> sample.process().cpuMillis()).toList());
            return new PublishReport.Program(
                    name,
                    wall,
                    cpu,
                    (long) Distribution.median(samples.stream().mapToDouble(Sample::storedBytes)),
                    bytes / wall.p50() * 1e3,
                    distinctBytes / cpu.p50() * 1e3);
        }
    }
}
