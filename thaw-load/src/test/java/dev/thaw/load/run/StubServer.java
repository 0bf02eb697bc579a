package dev.thaw.load.run;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** An HTTP/1.1 server that does to each request what it is told, by the request's number. */
final class StubServer implements AutoCloseable {
    /** What the server does with a request. */
    enum Behaviour {
        ANSWER,
        FAIL,
        STALL,
        CLOSE,
        BREAK_OFF,
        GARBAGE,
        NO_MEMORY,
        COLD
    }

    private final ServerSocket server;
    private final IntFunction<Behaviour> behaviours;
    private final AtomicInteger requests = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    /** Written by the accepting thread. */
    private volatile int mostOpen;

    private volatile CountDownLatch gate = new CountDownLatch(0);

    StubServer(IntFunction<Behaviour> behaviours) {
        this.behaviours = behaviours;
        try {
            server = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("stub").start(this::accept);
    }

    /** No answer goes out before this many requests have come in. */
    StubServer holdingUntil(int requestsIn) {
        gate = new CountDownLatch(requestsIn);
        return this;
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    int requests() {
        return requests.get();
    }

    /** How many connections there were at once, at most. */
    int mostOpen() {
        return mostOpen;
    }

    List<String> bodies() {
        return bodies;
    }

    List<String> heads() {
        return heads;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                mostOpen = Math.max(mostOpen, open.size());
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                // Closed: the test is over.
                return;
            }
        }
    }

    private void serve(Socket socket) {
        // Forgotten before it is closed: who sees the end and connects again is not counted twice.
        try (socket;
                Closeable _ = () -> open.remove(socket)) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            String head = readHead(in);
            while (!head.isEmpty()) {
                int length = Integer.parseInt(head.replaceAll("(?is).*content-length: *(\\d+).*", "$1"));
                bodies.add(new String(in.readNBytes(length), StandardCharsets.US_ASCII));
                heads.add(head);
                gate.countDown();
                gate.await();
                if (!answer(behaviours.apply(requests.getAndIncrement()), in, out)) {
                    return;
                }
                head = readHead(in);
            }
        } catch (IOException | InterruptedException e) {
            // The other side went away, which is a case to be tested there.
        }
    }

    private static boolean answer(Behaviour behaviour, InputStream in, OutputStream out) throws IOException {
        String json = "{\"Status\":\"OK\",\"Function\":\"instance-7\",\"ExecutionTime\":1234,\"MemoryUsageInKb\":2048}";
        switch (behaviour) {
            case ANSWER -> write(out, response("200 OK", "", json));
            case COLD ->
                write(
                        out,
                        response(
                                "200 OK",
                                "Thaw-Start: thaw-remote\r\nThaw-Worker: worker-1\r\nThaw-Instance: i-1\r\n"
                                        + "Server-Timing: admit;dur=0.5, fetch;dur=12\r\n",
                                json));
            case FAIL -> write(out, response("503 Service Unavailable", "", "no"));
            case NO_MEMORY -> write(out, response("200 OK", "", "FAILURE - mem_alloc of 5 MiB"));
            case GARBAGE -> {
                write(out, "\u0001\u0002 this is not HTTP\r\n\r\n");
                return false;
            }
            case BREAK_OFF -> {
                write(out, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\npart");
                return false;
            }
            case CLOSE -> {
                return false;
            }
            case STALL -> {
                // Until the client gives up and closes.
                return in.read() >= 0;
            }
        }
        return true;
    }

    private static String response(String status, String headers, String body) {
        return "HTTP/1.1 " + status + "\r\ncontent-type: application/json\r\n" + headers + "content-length: "
                + body.length() + "\r\n\r\n" + body;
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        int next = in.read();
        while (next >= 0) {
            head.append((char) next);
            if (head.length() >= 4 && head.substring(head.length() - 4).equals("\r\n\r\n")) {
                return head.toString();
            }
            next = in.read();
        }
        return "";
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
