package dev.thaw.guest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real agent as a plain process at the other end of a unix socket, with the test function on a port of this host. */
final class AgentProcess implements AutoCloseable {
    private static final int FIRST_PORT = 24_000;
    private static final int PORTS = 1_000;

    private final Path root;
    private final Process process;
    private final SocketChannel channel;

    /** @param folder short, empty, and the test's own; the function is compiled into it unless it is there */
    AgentProcess(Path folder) throws IOException {
        root = folder.resolve("root");
        TestFunction.fillRoot(root);
        Path agent = folder.resolve("agent");
        Files.write(agent, Initramfs.agent());
        agent.toFile().setExecutable(true);
        Path socket = folder.resolve("agent.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            process = new ProcessBuilder(
                            agent.toString(), "--connect", socket.toString(), "--root", root.toString(), "--no-init")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("agent.log").toFile())
                    .start();
            channel = server.accept();
        }
    }

    Path root() {
        return root;
    }

    SocketChannel port() {
        return channel;
    }

    long pid() {
        return process.pid();
    }

    /** Starts the test function on a free port and waits until it listens. */
    AgentConnection connect(Path function, AgentLog log) throws IOException {
        AgentConnection connection = AgentConnection.toBooting(channel, log);
        int port = freePort();
        connection.awaitHello(Conversation.LIMIT);
        connection.start(
                TestFunction.start(port, List.of(function.toString()), List.of("PORT=" + port)), Conversation.LIMIT);
        connection.awaitListening(Conversation.LIMIT);
        return connection;
    }

    /** The exit code; 128 and more for a signal. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(Conversation.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("The agent does not end");
        }
        return process.exitValue();
    }

    static int freePort() throws IOException {
        for (int i = 0; i < PORTS; i++) {
            int port = FIRST_PORT + (int) ((System.nanoTime() / 1000 + i) % PORTS);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                continue;
            }
        }
        throw new IOException("No port from " + FIRST_PORT + " on is free");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        channel.close();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.waitFor();
    }
}
