package dev.thaw.cli.bench.origin;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Passes HTTP/1.1 connections on to a server as if it were as far away as a profile says: the first byte of an answer comes when the profile's time has passed since the end of the
 * request (or later, when the server took longer), bytes at the profile's rate, and more than {@link StoreProfile#STREAMS} requests at a time wait. All bytes pass as they are.
 */
final class OriginProxy implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int BACKLOG = 1_000;

    private final InetSocketAddress target;
    private final ServerSocket listener;
    private final Faults faults = new Faults();
    private final Traffic traffic = new Traffic();
    private final ProxyConnection.Shared shared;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    /** Set by the control's thread, read by that which accepts. */
    private volatile boolean dead;

    OriginProxy(StoreProfile profile, InetSocketAddress target) throws IOException {
        this.target = requireNonNull(target, "target is null");
        shared = new ProxyConnection.Shared(profile, new Semaphore(StoreProfile.STREAMS, true), faults, traffic);
        listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("origin-accept").start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    Faults faults() {
        return faults;
    }

    Traffic traffic() {
        return traffic;
    }

    /** From now on each connection is reset, those that are open and those that come. */
    void die() {
        dead = true;
        sockets.forEach(OriginProxy::reset);
    }

    /** Serves again. */
    void comeBack() {
        dead = false;
    }

    private void accept() {
        while (true) {
            Socket client;
            try {
                client = listener.accept();
            } catch (IOException e) {
                return; // closed
            }
            sockets.add(client);
            if (dead) {
                reset(client);
                sockets.remove(client);
            } else {
                Thread.ofPlatform().daemon().name("origin-answers").start(() -> serve(client));
            }
        }
    }

    private void serve(Socket client) {
        Socket server = new Socket();
        sockets.add(server);
        ProxyConnection connection = new ProxyConnection(shared, client, server);
        try {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(target, CONNECT_MILLIS);
            Thread requests = Thread.ofPlatform()
                    .daemon()
                    .name("origin-requests")
                    .start(() -> requests(connection, client, server));
            try {
                connection.answers();
            } finally {
                close(client);
                close(server);
                requests.interrupt();
                requests.join();
                connection.abandon();
            }
        } catch (IOException e) {
            // One of the two has gone: the other goes with it, which is how its side learns of it.
            close(client);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close(client);
            close(server);
            sockets.remove(client);
            sockets.remove(server);
        }
    }

    private static void requests(ProxyConnection connection, Socket client, Socket server) {
        try {
            connection.requests();
        } catch (IOException e) {
            close(client);
            close(server);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // Closed already.
        }
        close(socket);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        sockets.forEach(OriginProxy::close);
    }
}
