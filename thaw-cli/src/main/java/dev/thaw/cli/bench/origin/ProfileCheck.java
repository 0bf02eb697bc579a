package dev.thaw.cli.bench.origin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What a proxy really does on this machine, seen by a plain socket: so that a report's figures can be trusted, or not.
 *
 * @param firstByteMillis from the last byte of a request to the first of its answer; the median of {@value #REQUESTS}
 * @param firstByteMostMillis the slowest of them
 * @param streamBytesPerSecond of {@value #BODY_BYTES} bytes in one stream; the median of {@value #BODIES}
 * @param fourStreamsBytesPerSecond of four streams together
 */
public record ProfileCheck(
        @JsonProperty("first_byte_ms") double firstByteMillis,
        @JsonProperty("first_byte_max_ms") double firstByteMostMillis,
        @JsonProperty("stream_bytes_per_second") long streamBytesPerSecond,
        @JsonProperty("four_streams_bytes_per_second") long fourStreamsBytesPerSecond) {
    private static final int REQUESTS = 51;
    private static final int BODIES = 9;
    private static final int BODY_BYTES = 16 << 20;
    private static final int STREAMS = 4;

    /** One answer. */
    private record Sample(long firstByteNanos, long bodyNanos) {}

    /** Measures a proxy of its own, in front of a server that answers at once. */
    public static ProfileCheck run(StoreProfile profile) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] body = new byte[BODY_BYTES];
        server.createContext("/", exchange -> {
            boolean small = exchange.getRequestURI().getPath().endsWith("/small");
            exchange.sendResponseHeaders(200, small ? 1 : BODY_BYTES);
            exchange.getResponseBody().write(body, 0, small ? 1 : BODY_BYTES);
            exchange.close();
        });
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            server.setExecutor(threads);
            server.start();
            try (OriginProxyProcess proxy =
                    OriginProxyProcess.start(profile, server.getAddress().getPort())) {
                return run(proxy.endpoint().getPort(), threads);
            } finally {
                server.stop(0);
            }
        }
    }

    private static ProfileCheck run(int port, ExecutorService threads) throws IOException {
        // The first answers run code of the proxy that is not compiled yet.
        get(port, "/b/small", REQUESTS);
        get(port, "/b/large", BODIES);
        double[] first = get(port, "/b/small", REQUESTS).stream()
                .mapToDouble(sample -> sample.firstByteNanos() / 1e6)
                .sorted()
                .toArray();
        long[] bodies = get(port, "/b/large", BODIES).stream()
                .mapToLong(Sample::bodyNanos)
                .sorted()
                .toArray();
        List<Callable<List<Sample>>> together = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            together.add(() -> get(port, "/b/large", BODIES));
        }
        double sum = 0;
        for (Future<List<Sample>> stream : invoke(threads, together)) {
            sum += BODY_BYTES
                    * 1e9
                    / median(result(stream).stream()
                            .mapToLong(Sample::bodyNanos)
                            .sorted()
                            .toArray());
        }
        return new ProfileCheck(
                first[REQUESTS / 2],
                Arrays.stream(first).max().orElseThrow(),
                Math.round(BODY_BYTES * 1e9 / median(bodies)),
                Math.round(sum));
    }

    /** For people. */
    public String text() {
        return String.format(
                Locale.ROOT,
                "First byte after %.2f ms (at most %.2f), %.0f MB/s in one stream, %.0f MB/s in %d.",
                firstByteMillis,
                firstByteMostMillis,
                streamBytesPerSecond / 1e6,
                fourStreamsBytesPerSecond / 1e6,
                STREAMS);
    }

    private static long median(long[] sorted) {
        return sorted[sorted.length / 2];
    }

    private static <T> List<Future<T>> invoke(ExecutorService threads, List<Callable<T>> work) throws IOException {
        try {
            return threads.invokeAll(work);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the proxy was checked", e);
        }
    }

    private static <T> T result(Future<T> done) throws IOException {
        try {
            return done.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the proxy was checked", e);
        } catch (ExecutionException e) {
            throw new IOException("The proxy cannot be checked: " + e.getCause(), e);
        }
    }

    /** So many requests, one after another on one connection. */
    private static List<Sample> get(int port, String path, int times) throws IOException {
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: check\r\n\r\n").getBytes(US_ASCII);
        List<Sample> samples = new ArrayList<>();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 1 << 16));
            for (int i = 0; i < times; i++) {
                socket.getOutputStream().write(request);
                long sent = System.nanoTime();
                in.mark(1);
                if (in.read() < 0) {
                    throw new IOException("The proxy closed the connection.");
                }
                long first = System.nanoTime();
                in.reset();
                in.skipNBytes(length(in));
                samples.add(new Sample(first - sent, System.nanoTime() - first));
            }
        }
        return samples;
    }

    /** Reads a head; returns the length that it says. */
    private static long length(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("The proxy closed the connection inside a head.");
            }
            head.append((char) next);
        }
        HttpHead answer = HttpHead.parse(head.toString().getBytes(US_ASCII));
        if (!(answer.framing() instanceof HttpHead.Framing.Length length)) {
            throw new IOException("An answer without a length: " + head);
        }
        return length.bytes();
    }
}
