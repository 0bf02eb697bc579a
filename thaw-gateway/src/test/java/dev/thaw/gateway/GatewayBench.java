package dev.thaw.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.thaw.sandbox.MemoryFunction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What the gateway costs in front of a function that does nothing. To be run by hand: {@code GatewayBench [connections] [requests each]}. */
final class GatewayBench {
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".getBytes(US_ASCII);

    private GatewayBench() {}

    private static void stub(AtomicLong memory, InputStream input, OutputStream output) throws IOException {
        byte[] request = new byte[8 << 10];
        if (input.read(request) > 0) {
            output.write(ANSWER);
        }
    }

    public static void main(String[] args) throws Exception {
        int connections = args.length > 0 ? Integer.parseInt(args[0]) : 16;
        int requests = args.length > 1 ? Integer.parseInt(args[1]) : 20_000;
        Path data = Files.createTempDirectory("thaw-bench");
        Map<String, MemoryFunction> programs = Map.of("stub", GatewayBench::stub);
        try (DaemonFixture fixture = new DaemonFixture(data, programs, Map.of("mode", "disabled"))) {
            fixture.deploy("stub", "stub", ", \"concurrency\": 200");
            fixture.get("/function/stub/");
            run(fixture, 1, requests);
            report("1 connection", run(fixture, 1, requests), requests);
            report(connections + " connections", run(fixture, connections, requests), connections * requests);
        }
    }

    private record Result(long[] nanos, double seconds) {}

    private static void report(String what, Result result, int count) {
        Arrays.sort(result.nanos());
        System.out.printf(
                "%s: %.0f requests/s, p50 %.3f ms, p99 %.3f ms%n",
                what,
                count / result.seconds(),
                result.nanos()[count / 2] / 1e6,
                result.nanos()[count / 100 * 99] / 1e6);
    }

    private static Result run(DaemonFixture fixture, int connections, int requests) throws InterruptedException {
        long[] all = new long[connections * requests];
        List<Thread> threads = new ArrayList<>();
        long begin = System.nanoTime();
        for (int c = 0; c < connections; c++) {
            int offset = c * requests;
            threads.add(Thread.ofVirtual().start(() -> client(fixture, all, offset, requests)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return new Result(all, (System.nanoTime() - begin) / 1e9);
    }

    private static void client(DaemonFixture fixture, long[] nanos, int offset, int requests) {
        byte[] request = "GET /function/stub/ HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
        byte[] buffer = new byte[4 << 10];
        try (Socket socket = new Socket("127.0.0.1", fixture.daemon.address().getPort())) {
            socket.setTcpNoDelay(true);
            OutputStream output = socket.getOutputStream();
            InputStream input = socket.getInputStream();
            for (int i = 0; i < requests; i++) {
                long begin = System.nanoTime();
                output.write(request);
                readAnswer(input, buffer);
                nanos[offset + i] = System.nanoTime() - begin;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Up to the body's two bytes. */
    private static void readAnswer(InputStream input, byte[] buffer) throws IOException {
        int size = 0;
        while (size < 4 || buffer[size - 1] != 'k' || buffer[size - 2] != 'o' || buffer[size - 3] != '\n') {
            int count = input.read(buffer, size, buffer.length - size);
            if (count < 0) {
                throw new IOException("ended after " + new String(buffer, 0, size, US_ASCII));
            }
            size += count;
        }
    }
}
