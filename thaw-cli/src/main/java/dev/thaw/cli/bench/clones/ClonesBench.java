package dev.thaw.cli.bench.clones;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.BenchServer;
import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.SnapshotFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What clones of one snapshot cost that have answered once and stand idle: on the worker where it lies as files, and on one that reads it from the store as it goes. */
public final class ClonesBench {
    private static final String LOCAL_WORKER = "worker-0";
    private static final String LAZY_WORKER = "worker-1";

    private final BenchServer server;
    private final Path dataDirectory;
    private final Supplier<List<Long>> vmms;
    private final Consumer<String> progress;

    /**
     * @param dataDirectory the daemon's
     * @param vmms process ids of the daemon's VMMs; none may stand by
     */
    public ClonesBench(BenchServer server, Path dataDirectory, Supplier<List<Long>> vmms, Consumer<String> progress) {
        this.server = requireNonNull(server, "server is null");
        this.dataDirectory = requireNonNull(dataDirectory, "dataDirectory is null");
        this.vmms = requireNonNull(vmms, "vmms is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    public ClonesReport run(String sample, int clones, long memoryBytes, Duration idle, Report.Host host)
            throws IOException {
        progress.accept(sample + ": deploying and taking the snapshot");
        String revision = server.deploy(sample, "sample:" + sample, memoryBytes, true);
        server.hold(sample, LOCAL_WORKER).close();
        Path snapshot = SnapshotFiles.find(
                        dataDirectory.resolve("workers").resolve(LOCAL_WORKER),
                        server.awaitSnapshot(revision, LOCAL_WORKER))
                .memory();
        // The first thaw there is recorded and has other files; the first elsewhere may miss what the next ones do not.
        for (String worker : List.of(LOCAL_WORKER, LAZY_WORKER)) {
            server.retireAll(sample);
            server.hold(sample, worker).close();
        }
        List<ClonesReport.Kind> kinds = new ArrayList<>();
        Map<String, String> workers = new LinkedHashMap<>();
        workers.put("local", LOCAL_WORKER);
        workers.put("lazy", LAZY_WORKER);
        for (Map.Entry<String, String> kind : workers.entrySet()) {
            server.retireAll(sample);
            progress.accept(sample + ": " + clones + " clones, " + kind.getKey());
            start(sample, kind.getValue(), clones);
            kinds.add(measure(kind.getKey(), clones, memoryBytes, snapshot, idle));
        }
        server.retireAll(sample);
        return new ClonesReport(host, sample, memoryBytes, clones, idle.toSeconds(), kinds);
    }

    /** Each invocation goes on until all have been answered, so that each has an instance of its own. */
    private void start(String sample, String worker, int clones) throws IOException {
        List<BenchServer.Held> held = new ArrayList<>();
        try {
            for (int i = 0; i < clones; i++) {
                BenchServer.Held one = server.hold(sample, worker);
                held.add(one);
                if (one.answer().status() != 200 || !one.answer().start().startsWith("thaw-")) {
                    throw new IOException("status " + one.answer().status() + " after a "
                            + one.answer().start() + " where a clone was to be measured");
                }
            }
        } finally {
            held.forEach(BenchServer.Held::close);
        }
    }

    private record Clone(VmmMemory memory, double idlePercent) {}

    private ClonesReport.Kind measure(String name, int clones, long memoryBytes, Path snapshot, Duration idle)
            throws IOException {
        List<Long> pids = vmms.get();
        if (pids.size() != clones) {
            throw new IOException(pids.size() + " VMMs run where there are " + clones + " clones.");
        }
        List<VmmMemory> memories = new ArrayList<>();
        for (long pid : pids) {
            memories.add(VmmMemory.of(pid, memoryBytes, snapshot));
        }
        List<Double> before = cpuSeconds(pids);
        long begin = System.nanoTime();
        for (long left = idle.toNanos(); left > 0; left = begin + idle.toNanos() - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        List<Double> after = cpuSeconds(pids);
        double seconds = (System.nanoTime() - begin) / 1e9;
        List<Clone> all = new ArrayList<>();
        for (int i = 0; i < clones; i++) {
            all.add(new Clone(memories.get(i), 100 * (after.get(i) - before.get(i)) / seconds));
        }
        return new ClonesReport.Kind(
                name,
                of(all, clone -> clone.memory().vmmBytes()),
                of(all, clone -> clone.memory().privateBytes()),
                of(all, clone -> clone.memory().changedBytes()),
                of(all, clone -> clone.memory().privateBytes() - clone.memory().changedBytes()),
                of(all, clone -> clone.memory().mappedBytes()),
                of(all, Clone::idlePercent));
    }

    private static List<Double> cpuSeconds(List<Long> pids) throws IOException {
        List<Double> seconds = new ArrayList<>();
        for (long pid : pids) {
            seconds.add(VmmMemory.cpuSeconds(pid));
        }
        return seconds;
    }

    private static Distribution of(List<Clone> clones, ToDoubleFunction<Clone> value) {
        return Distribution.of(
                clones.stream().map(clone -> value.applyAsDouble(clone)).toList());
    }
}
