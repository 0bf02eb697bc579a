package dev.thaw.store.object;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes TCP connections on, and breaks them as a test says. */
public final class FaultyProxy implements AutoCloseable {
    /** What happens to a connection once so many bytes of answers have gone through it. */
    public enum Fault {
        /** It is closed. */
        CUT,
        /** Nothing comes any more, and nobody says so. */
        SILENCE
    }

    private record Plan(Fault fault, long afterBytes, AtomicInteger connections) {}

    private final URI target;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Plan plan = new Plan(Fault.CUT, 0, new AtomicInteger()); // set by the test, read by connections
    private final AtomicInteger faults = new AtomicInteger();

    public FaultyProxy(URI target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** The next so many connections, and those that are open, break after so many bytes of answers. */
    public void breakConnections(int connections, Fault fault, long afterBytes) {
        plan = new Plan(fault, afterBytes, new AtomicInteger(connections));
    }

    /** How many connections have been broken. */
    public int faults() {
        return faults.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        sockets.add(client);
        try (client;
                Socket server = new Socket()) {
            sockets.add(server);
            server.connect(new InetSocketAddress(target.getHost(), target.getPort()), 5000);
            Thread requests = Thread.ofVirtual().start(() -> pumpRequests(client, server));
            pumpAnswers(server.getInputStream(), client.getOutputStream());
            client.close();
            requests.join();
        } catch (IOException e) {
            // One of the two has gone; the other is closed with it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(client);
        }
    }

    private static void pumpRequests(Socket client, Socket server) {
        try {
            client.getInputStream().transferTo(server.getOutputStream());
            server.shutdownOutput();
        } catch (IOException e) {
            // as above
        }
    }

    private void pumpAnswers(InputStream in, OutputStream out) throws IOException, InterruptedException {
        byte[] buffer = new byte[64 << 10];
        long passed = 0;
        Plan counted = null;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            Plan now = plan;
            boolean doomed = now == counted || now.connections.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
            if (!doomed) {
                out.write(buffer, 0, count);
                continue;
            }
            if (counted != now) {
                counted = now;
                passed = 0;
            }
            int allowed = (int) Math.min(count, now.afterBytes - passed);
            out.write(buffer, 0, allowed);
            passed += allowed;
            if (passed == now.afterBytes) {
                faults.incrementAndGet();
                if (now.fault == Fault.SILENCE) {
                    closed.await();
                }
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
