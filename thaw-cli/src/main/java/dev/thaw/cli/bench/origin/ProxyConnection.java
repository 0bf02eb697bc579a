package dev.thaw.cli.bench.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/** One client's connection and the one to the server behind it: requests go through one thread, answers through another. */
final class ProxyConnection {
    /** What all connections share. */
    record Shared(StoreProfile profile, Semaphore streams, Faults faults, Traffic traffic) {
        Shared {
            requireNonNull(profile, "profile is null");
            requireNonNull(streams, "streams is null");
            requireNonNull(faults, "faults is null");
            requireNonNull(traffic, "traffic is null");
        }
    }

    private final Shared shared;
    private final Socket client;
    private final Socket server;
    private final BlockingQueue<Exchange> underWay = new LinkedBlockingQueue<>();

    ProxyConnection(Shared shared, Socket client, Socket server) {
        this.shared = requireNonNull(shared, "shared is null");
        this.client = requireNonNull(client, "client is null");
        this.server = requireNonNull(server, "server is null");
    }

    /** Passes requests on until the client ends. */
    void requests() throws IOException, InterruptedException {
        HttpReader in = new HttpReader(client.getInputStream());
        OutputStream out = server.getOutputStream();
        for (Optional<HttpHead> head = in.head(); head.isPresent(); head = in.head()) {
            HttpHead request = head.get();
            String method = request.word(0);
            String target = request.word(1);
            boolean read = Exchange.isRead(method, target);
            // A place is given back when the answer has passed, or by whoever closes the connection.
            shared.streams().acquire();
            Exchange exchange =
                    new Exchange(method, target, read, shared.traffic().begin(read));
            underWay.add(exchange);
            out.write(request.bytes());
            if (!(request.framing() instanceof HttpHead.Framing.Unsaid)) {
                in.body(request.framing(), paced(out, System.nanoTime()));
            }
            exchange.sent(System.nanoTime());
        }
        server.shutdownOutput();
    }

    /** Passes answers back until the server ends, or a fault ends the connection. */
    void answers() throws IOException, InterruptedException {
        HttpReader in = new HttpReader(server.getInputStream());
        for (Optional<HttpHead> head = in.head(); head.isPresent(); head = in.head()) {
            HttpHead answer = head.get();
            int status = answer.status();
            if (status / 100 == 1) {
                client.getOutputStream().write(answer.bytes());
                continue;
            }
            Exchange exchange = underWay.peek();
            if (exchange == null) {
                throw new IOException("An answer without a request: " + answer.firstLine());
            }
            if (!answer(in, answer, exchange, status)) {
                return;
            }
            underWay.remove();
            shared.traffic().end(exchange.ticket());
            shared.streams().release();
        }
    }

    /** Gives back the places of requests that will have no answer. Called once, when both threads have ended. */
    void abandon() {
        for (Exchange exchange = underWay.poll(); exchange != null; exchange = underWay.poll()) {
            shared.traffic().end(exchange.ticket());
            shared.streams().release();
        }
    }

    /** @return whether the connection goes on */
    private boolean answer(HttpReader in, HttpHead head, Exchange exchange, int status)
            throws IOException, InterruptedException {
        boolean body = exchange.hasBody(status);
        boolean read = exchange.isRead() && body && status / 100 == 2;
        Optional<Faults.Planned> fault = read ? shared.faults().next() : Optional.empty();
        long due = exchange.sentNanos() + shared.profile().firstByte().toNanos();
        if (fault.isPresent()) {
            due += fault.get().delay().toNanos();
        }
        PreciseWait.until(due);
        OutputStream out = client.getOutputStream();
        out.write(head.bytes());
        if (!body) {
            return true;
        }
        HttpReader.Sink sink = paced(out, due);
        if (read) {
            HttpReader.Sink line = sink;
            sink = (bytes, offset, length) -> {
                line.write(bytes, offset, length);
                shared.traffic().passed(length);
            };
        }
        if (fault.isEmpty() || fault.get().fault() == Fault.DELAY) {
            in.body(head.framing(), sink);
            if (read && head.framing() instanceof HttpHead.Framing.Length length) {
                shared.traffic().answered(exchange.ticket(), exchange.object(), head.offset(), length.bytes());
            }
            return !endsWithConnection(head);
        }
        return broken(in, head, sink, fault.get().fault());
    }

    private static boolean endsWithConnection(HttpHead head) {
        return head.framing() instanceof HttpHead.Framing.Unsaid
                || new String(head.bytes(), ISO_8859_1)
                        .toLowerCase(java.util.Locale.ROOT)
                        .contains("\r\nconnection: close\r\n");
    }

    private boolean broken(HttpReader in, HttpHead head, HttpReader.Sink sink, Fault fault)
            throws IOException, InterruptedException {
        if (!(head.framing() instanceof HttpHead.Framing.Length length)) {
            throw new IOException("A read's answer has no length: " + head.firstLine());
        }
        BrokenBody body = new BrokenBody(sink, fault, length.bytes() / 2);
        try {
            in.body(length, body);
        } catch (BrokenBody.End e) {
            if (fault == Fault.RESET) {
                client.setSoLinger(true, 0);
            }
            return false;
        }
        return true;
    }

    /** Passes bytes on at the profile's rate, the first of them at {@code begin}. */
    private HttpReader.Sink paced(OutputStream out, long begin) {
        if (shared.profile().bytesPerSecond() == 0) {
            return out::write;
        }
        return new PacedSink(out, new StreamPace(shared.profile().bytesPerSecond(), begin));
    }

    /** Changes one bit in the middle of a body, or ends it there. */
    private static final class BrokenBody implements HttpReader.Sink {
        /** The body ends here. */
        static final class End extends EOFException {
            private static final long serialVersionUID = 1L;
        }

        private final HttpReader.Sink sink;
        private final Fault fault;
        private final long middle;
        private long passed;

        BrokenBody(HttpReader.Sink sink, Fault fault, long middle) {
            this.sink = sink;
            this.fault = fault;
            this.middle = middle;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException, InterruptedException {
            if (middle < passed || middle >= passed + length) {
                sink.write(bytes, offset, length);
            } else if (fault == Fault.CORRUPT) {
                byte[] changed = java.util.Arrays.copyOfRange(bytes, offset, offset + length);
                changed[(int) (middle - passed)] ^= 1;
                sink.write(changed, 0, length);
            } else {
                sink.write(bytes, offset, (int) (middle - passed));
                throw new End();
            }
            passed += length;
        }
    }
}
