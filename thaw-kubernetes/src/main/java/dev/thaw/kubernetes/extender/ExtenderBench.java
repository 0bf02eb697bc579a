package dev.thaw.kubernetes.extender;

import com.sun.management.OperatingSystemMXBean;
import dev.thaw.kubernetes.resource.HeldSnapshots;
import dev.thaw.kubernetes.resource.NodeReport;
import dev.thaw.kubernetes.resource.SnapshotKey;
import dev.thaw.node.placement.NodeLoad;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.HdrHistogram.Histogram;

/**
 * Measures decisions over HTTP: a filled index, the real server, and {@link ExtenderBenchClient}.
 */
public final class ExtenderBench {
    private ExtenderBench() {}

    /**
     * @param nodes candidates of each decision
     * @param snapshots in the cluster
     * @param share of the snapshots that each node holds, from 0 to 1
     */
    public record Size(int nodes, int snapshots, double share) {}

    /**
     * @param fillSeconds time to apply all nodes' reports
     * @param indexBytes heap that the index takes
     * @param cpuMicros processor time of the whole server process for one decision, whoever shares the machine
     * @param cpuP99Micros 99th percentile of the serving thread's processor time for one decision, from its first byte to the
     *     last of its answer: what the latency would be on a core of its own
     */
    public record Result(
            Size size,
            long entries,
            double fillSeconds,
            long indexBytes,
            int requestBytes,
            double perSecond,
            double p50Micros,
            double p99Micros,
            double cpuMicros,
            double cpuP99Micros) {}

    /**
     * Fills an index, warms up, and measures for the given time. The client is a process of its own.
     *
     * @param clientCore the core that the client is bound to; empty to let it run anywhere
     */
    public static Result run(Size size, Duration time, OptionalInt clientCore) throws IOException {
        Random random = new Random(1);
        long before = usedHeap();
        SnapshotIndex index = new SnapshotIndex(Duration.ofHours(1), System::nanoTime, Instant::now);
        double fillSeconds = fill(index, size, random);
        long indexBytes = usedHeap() - before;
        ExtenderConfig config = ExtenderConfig.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Decider decider = new Decider(index, config);
        ServingThread serving = new ServingThread();
        try (ExtenderServer server = new ExtenderServer(
                config.address(),
                Optional.empty(),
                HttpListener.Limits.DEFAULT,
                new Prioritizer(index, decider, config.identity(), config.maxRequestBytes()),
                new ExtenderMetrics(index),
                () -> true,
                work -> serving.answered())) {
            Process client = startClient(server.address().getPort(), size, time, clientCore);
            try (BufferedReader lines = client.inputReader(StandardCharsets.US_ASCII);
                    BufferedWriter go = client.outputWriter(StandardCharsets.US_ASCII)) {
                int requestBytes = Integer.parseInt(line(lines));
                long cpu = cpuNanos();
                serving.beginAnew();
                go.write("go\n");
                go.flush();
                String[] figures = line(lines).split(" ");
                cpu = cpuNanos() - cpu;
                long decisions = Long.parseLong(figures[0]);
                return new Result(
                        size,
                        index.counts().entries(),
                        fillSeconds,
                        indexBytes,
                        requestBytes,
                        decisions / (time.toNanos() / 1e9),
                        Double.parseDouble(figures[1]) / 1e3,
                        Double.parseDouble(figures[2]) / 1e3,
                        cpu / 1e3 / decisions,
                        serving.percentileMicros(99));
            } finally {
                client.destroyForcibly();
            }
        }
    }

    private static Process startClient(int port, Size size, Duration time, OptionalInt core) throws IOException {
        List<String> command = new ArrayList<>();
        if (core.isPresent()) {
            command.addAll(List.of("taskset", "-c", Integer.toString(core.getAsInt())));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ExtenderBenchClient.class.getName(),
                Integer.toString(port),
                Integer.toString(size.nodes()),
                Integer.toString(size.snapshots()),
                Long.toString(time.toMillis())));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String line(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new IOException("the client ended before it was done; its own words are above");
        }
        return line;
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** What the one thread that serves the one connection spends on each decision. */
    private static final class ServingThread {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private final Histogram spent = new Histogram(3);
        private volatile boolean anew;
        private long last;

        void beginAnew() {
            anew = true;
        }

        /** Called by the serving thread. */
        void answered() {
            long now = threads.getCurrentThreadCpuTime();
            if (anew) {
                anew = false;
                spent.reset();
            } else if (last != 0) {
                spent.recordValue(now - last);
            }
            last = now;
        }

        double percentileMicros(double percentile) {
            return spent.getValueAtPercentile(percentile) / 1e3;
        }
    }

    private static double fill(SnapshotIndex index, Size size, Random random) {
        long nanos = 0;
        int held = (int) (size.snapshots() * size.share());
        for (int node = 0; node < size.nodes(); node++) {
            long[] keys = random.ints(0, size.snapshots())
                    .distinct()
                    .limit(held)
                    .mapToLong(i -> SnapshotKey.of(identity(i)))
                    .toArray();
            Arrays.sort(keys);
            long[] bytes = new long[held];
            Arrays.fill(bytes, 24_000_000);
            NodeLoad load = new NodeLoad(
                    16, 64L << 30, (long) ((64L << 30) * random.nextDouble()), random.nextInt(8), 1L << 30);
            NodeReport report =
                    new NodeReport(name(node), Instant.now(), "kvm", load, new HeldSnapshots(keys, bytes, bytes));
            long start = System.nanoTime();
            index.apply(report);
            nanos += System.nanoTime() - start;
        }
        return nanos / 1e9;
    }

    static String identity(int snapshot) {
        return "revision/team/team/function-" + snapshot;
    }

    static String name(int node) {
        return "ip-10-0-%d-%d.cluster.local".formatted(node / 256, node % 256);
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
