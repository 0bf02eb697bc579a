package dev.thaw.cli.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Takes commands to a proxy, a line each, and answers each with a line: {@code ok} and what was asked for, or {@code error} and why.
 *
 * <pre>
 * fault KIND TIMES [DELAY_MS]   the next so many reads of objects: delay, reset, corrupt or truncate
 * clear                         forget the faults that are still to be done
 * done KIND                     how many of them have been done
 * dead, back                    reset all connections from now on; serve again
 * mark                          count from here
 * counts                        requests, reads, bytes of reads, round trips, reads of objects that change, repeated reads and bytes since the mark
 * </pre>
 */
final class OriginControl implements AutoCloseable {
    private final OriginProxy proxy;
    private final ServerSocket listener;

    OriginControl(OriginProxy proxy) throws IOException {
        this.proxy = requireNonNull(proxy, "proxy is null");
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Serves one commander after another until closed. */
    void serve() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                serve(socket);
            } catch (IOException e) {
                // The commander broke off, or this was closed: the loop's condition tells.
                continue;
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        OutputStream out = socket.getOutputStream();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.write((answer(line) + "\n").getBytes(UTF_8));
        }
    }

    private String answer(String line) {
        try {
            return ("ok " + run(line.strip().split(" +"))).strip();
        } catch (IllegalArgumentException e) {
            return "error " + e.getMessage();
        }
    }

    private String run(String[] words) {
        switch (words[0]) {
            case "fault" -> {
                if (words.length < 3 || words.length > 4) {
                    throw new IllegalArgumentException("Write fault KIND TIMES [DELAY_MS].");
                }
                Duration delay = Duration.ofMillis(words.length == 4 ? Long.parseLong(words[3]) : 0);
                proxy.faults().plan(new Faults.Planned(Fault.parse(words[1]), delay), Integer.parseInt(words[2]));
            }
            case "clear" -> proxy.faults().clear();
            case "dead" -> proxy.die();
            case "back" -> proxy.comeBack();
            case "mark" -> proxy.traffic().mark();
            case "done" -> {
                return Long.toString(proxy.faults().done(Fault.parse(words.length > 1 ? words[1] : "")));
            }
            case "counts" -> {
                Traffic.Counts counts = proxy.traffic().counts();
                return LongStream.of(
                                counts.requests(),
                                counts.reads(),
                                counts.readBytes(),
                                counts.roundTrips(),
                                counts.changingReads(),
                                counts.repeatedReads(),
                                counts.repeatedBytes())
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(" "));
            }
            default ->
                throw new IllegalArgumentException("Not a command: '" + words[0]
                        + "'. There are fault, clear, done, dead, back, mark and counts.");
        }
        return "";
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
