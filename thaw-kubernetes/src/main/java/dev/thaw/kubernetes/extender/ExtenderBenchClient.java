package dev.thaw.kubernetes.extender;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.HdrHistogram.Histogram;

/**
 * The other side of {@link ExtenderBench}: one client on one connection that always waits for the answer, as the scheduler
 * does. Says the size of a request when it is warm, waits for a line, measures, and says count, median and 99th percentile.
 */
final class ExtenderBenchClient {
    /** Until the compiler has seen enough. */
    private static final int WARM_DECISIONS = 10_000;

    private final OutputStream out;
    private final InputStream in;
    private final byte[][] requests = new byte[64][];
    private int next;

    private ExtenderBenchClient(Socket socket, int nodes, int snapshots) throws IOException {
        Random random = new Random(2);
        out = socket.getOutputStream();
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        StringBuilder names = new StringBuilder();
        for (int node = 0; node < nodes; node++) {
            names.append(node == 0 ? "\"" : ",\"")
                    .append(ExtenderBench.name(node))
                    .append('"');
        }
        for (int i = 0; i < requests.length; i++) {
            String body = """
                    {"Pod":{"metadata":{"name":"p%d","namespace":"team","uid":"u%d","labels":{"serving.knative.dev/revision":"function-%d"}},\
                    "spec":{"containers":[{"name":"user-container","image":"i","resources":{"requests":{"memory":"256Mi","cpu":"250m"}}}]},\
                    "status":{"phase":"Pending"}},"Nodes":null,"NodeNames":[%s]}""".formatted(i, i, random.nextInt(snapshots), names);
            requests[i] = ("POST /prioritize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII);
        }
    }

    private Histogram measure(Duration time) throws IOException {
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

    /** Arguments: port, nodes, snapshots, milliseconds to measure. */
    public static void main(String[] args) throws IOException {
        Duration time = Duration.ofMillis(Long.parseLong(args[3]));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]))) {
            socket.setTcpNoDelay(true);
            ExtenderBenchClient client =
                    new ExtenderBenchClient(socket, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
            long warm = 0;
            while (warm < WARM_DECISIONS) {
                warm += client.measure(time).getTotalCount();
            }
            System.out.println(client.requests[0].length);
            if (System.in.read() < 0) {
                return;
            }
            Histogram latencies = client.measure(time);
            System.out.println(latencies.getTotalCount() + " " + latencies.getValueAtPercentile(50) + " "
                    + latencies.getValueAtPercentile(99));
        }
    }
}
