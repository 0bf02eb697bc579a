package dev.thaw.kubernetes.extender;

import dev.thaw.kubernetes.resource.HeldSnapshots;
import dev.thaw.kubernetes.resource.NodeReport;
import dev.thaw.kubernetes.resource.SnapshotKey;
import dev.thaw.node.placement.NodeLoad;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.HdrHistogram.Histogram;

/**
 * Measures decisions over HTTP: a filled index, the real server, and one client on one connection that always waits for the
 * answer, as the scheduler does.
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
     */
    public record Result(
            Size size,
            long entries,
            double fillSeconds,
            long indexBytes,
            int requestBytes,
            double perSecond,
            double p50Micros,
            double p99Micros) {}

    /** Fills an index, warms up, and measures for the given time. */
    public static Result run(Size size, Duration time) throws IOException {
        Random random = new Random(1);
        long before = usedHeap();
        SnapshotIndex index = new SnapshotIndex(Duration.ofHours(1), System::nanoTime, Instant::now);
        double fillSeconds = fill(index, size, random);
        long indexBytes = usedHeap() - before;
        ExtenderConfig config = ExtenderConfig.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Decider decider = new Decider(index, config.policy(), config.scale(), false);
        try (ExtenderServer server = new ExtenderServer(
                        config.address(),
                        Optional.empty(),
                        new Prioritizer(index, decider, config.identity(), config.maxRequestBytes()),
                        new ExtenderMetrics(index),
                        () -> true,
                        work -> {});
                Socket socket = new Socket(
                        server.address().getAddress(), server.address().getPort())) {
            socket.setTcpNoDelay(true);
            Client client = new Client(socket, size, random);
            client.measure(time.dividedBy(2));
            Histogram latencies = client.measure(time);
            return new Result(
                    size,
                    index.counts().entries(),
                    fillSeconds,
                    indexBytes,
                    client.request(0).length,
                    latencies.getTotalCount() / (time.toNanos() / 1e9),
                    latencies.getValueAtPercentile(50) / 1e3,
                    latencies.getValueAtPercentile(99) / 1e3);
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

    private static String identity(int snapshot) {
        return "revision/team/team/function-" + snapshot;
    }

    private static String name(int node) {
        return "ip-10-0-%d-%d.cluster.local".formatted(node / 256, node % 256);
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static final class Client {
        private final OutputStream out;
        private final InputStream in;
        private final byte[][] requests = new byte[64][];
        private int next;

        Client(Socket socket, Size size, Random random) throws IOException {
            out = socket.getOutputStream();
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            StringBuilder names = new StringBuilder();
            for (int node = 0; node < size.nodes(); node++) {
                names.append(node == 0 ? "\"" : ",\"").append(name(node)).append('"');
            }
            for (int i = 0; i < requests.length; i++) {
                String body = """
                        {"Pod":{"metadata":{"name":"p%d","namespace":"team","uid":"u%d","labels":{"serving.knative.dev/revision":"function-%d"}},\
                        "spec":{"containers":[{"name":"user-container","image":"i","resources":{"requests":{"memory":"256Mi","cpu":"250m"}}}]},\
                        "status":{"phase":"Pending"}},"Nodes":null,"NodeNames":[%s]}""".formatted(i, i, random.nextInt(size.snapshots()), names);
                requests[i] =
                        ("POST /prioritize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                                        + body.length() + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.US_ASCII);
            }
        }

        byte[] request(int i) {
            return requests[i];
        }

        Histogram measure(Duration time) throws IOException {
            Histogram latencies = new Histogram(3);
            long end = System.nanoTime() + time.toNanos();
            for (long start = System.nanoTime(); start < end; ) {
                out.write(requests[next++ % requests.length]);
                readAnswer();
                long now = System.nanoTime();
                latencies.recordValue(now - start);
                start = now;
            }
            return latencies;
        }

        private void readAnswer() throws IOException {
            String status = line();
            if (!status.startsWith("HTTP/1.1 200")) {
                throw new IOException("the extender answered " + status);
            }
            int length = 0;
            for (String header = line(); !header.isEmpty(); header = line()) {
                if (header.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(header.substring(15).strip());
                }
            }
            in.skipNBytes(length);
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException("the extender closed the connection");
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }
    }
}
