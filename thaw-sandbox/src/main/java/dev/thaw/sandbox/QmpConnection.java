package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The control connection to one QEMU: the QEMU Machine Protocol, JSON lines over a unix socket. Every wait is bounded, and a VMM that has died, hangs or
 * cannot be understood is told apart in the exception's code.
 */
final class QmpConnection implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int LONGEST_LINE_BYTES = 1 << 20;
    private static final int MOST_EVENTS = 256;

    private final SocketChannel channel;
    private final LinkedBlockingQueue<JsonNode> events = new LinkedBlockingQueue<>(MOST_EVENTS);

    /** Answers that are due, in the order of their commands. Guarded by this; QMP answers in order. */
    private final Queue<CompletableFuture<JsonNode>> pending = new ArrayDeque<>();

    /** Why no more answers come. Guarded by this. */
    private SandboxException ended = new SandboxException(Code.VMM_DIED, "The VMM's control socket is open.");

    /** Guarded by this. */
    private boolean closed;

    private QmpConnection(SocketChannel channel) {
        this.channel = requireNonNull(channel, "channel is null");
    }

    /**
     * Connects and negotiates. The socket may be one that the launcher listens on for a VMM still starting.
     *
     * @throws SandboxException VMM_DIED or VMM_HUNG
     */
    static QmpConnection open(Path socket, Duration timeout) throws SandboxException {
        return open(socket, Map.of(), timeout);
    }

    /** The same, with a VMM that reads up to eight commands while it is at work on one. */
    static QmpConnection openReadingAhead(Path socket, Duration timeout) throws SandboxException {
        return open(socket, Map.of("enable", List.of("oob")), timeout);
    }

    private static QmpConnection open(Path socket, Map<String, ?> capabilities, Duration timeout)
            throws SandboxException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new SandboxException(
                    Code.VMM_DIED, "The VMM's control socket cannot be reached: " + e.getMessage(), e);
        }
        QmpConnection connection = new QmpConnection(channel);
        Thread.ofVirtual().name("qmp-reader").start(connection::read);
        try {
            // Without waiting for the greeting, which says nothing that is needed here.
            connection.execute("qmp_capabilities", capabilities, timeout);
            return connection;
        } catch (SandboxException e) {
            connection.close();
            throw e;
        }
    }

    /** Sends a command and waits for what it returns. */
    JsonNode execute(String command, Map<String, ?> arguments, Duration timeout) throws SandboxException {
        return await(send(command, arguments), "an answer to " + command, timeout);
    }

    /** Sends a command; its answer is waited for with {@link #await}. Several may be on their way at once. */
    synchronized CompletableFuture<JsonNode> send(String command, Map<String, ?> arguments) throws SandboxException {
        if (closed) {
            throw ended;
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        pending.add(answer);
        Map<String, ?> request =
                arguments.isEmpty() ? Map.of("execute", command) : Map.of("execute", command, "arguments", arguments);
        ByteBuffer line = StandardCharsets.UTF_8.encode(JSON.writeValueAsString(request) + "\n");
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
        } catch (IOException e) {
            throw new SandboxException(Code.VMM_DIED, "The VMM closed its control socket at " + command + ".", e);
        }
        return answer;
    }

    JsonNode await(CompletableFuture<JsonNode> answer, String what, Duration timeout) throws SandboxException {
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new SandboxException(
                    Code.VMM_HUNG, "The VMM did not give " + what + " within " + timeout.toMillis() + " ms.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SandboxException cause) {
                throw new SandboxException(cause.code(), cause.getMessage() + " (waiting for " + what + ")", cause);
            }
            throw new SandboxException(Code.VMM_REFUSED, "The VMM's answer cannot be read: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException(Code.VMM_HUNG, "Interrupted while waiting for " + what + ".", e);
        }
    }

    /** Waits for a MIGRATION event that says how a migration ended. */
    void awaitMigration(Duration timeout) throws SandboxException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            JsonNode event;
            try {
                event = events.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SandboxException(Code.VMM_HUNG, "Interrupted while the device state was moving.", e);
            }
            if (event == null) {
                throw new SandboxException(
                        Code.VMM_HUNG, "The VMM did not move its device state within " + timeout.toMillis() + " ms.");
            }
            if (event.isMissingNode()) {
                events.add(event);
                synchronized (this) {
                    throw new SandboxException(ended.code(), ended.getMessage() + " (moving its device state)", ended);
                }
            }
            if (event.path("event").asString("").equals("MIGRATION")) {
                switch (event.path("data").path("status").asString("")) {
                    case "completed" -> {
                        return;
                    }
                    case "failed", "cancelled" ->
                        throw new SandboxException(Code.VMM_REFUSED, "The VMM could not move its device state.");
                    default -> {
                        // setup, active, device: still on the way
                    }
                }
            }
        }
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
        byte[] line = new byte[0];
        try {
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                line = takeLines(line, buffer);
                buffer.clear();
            }
            end(new SandboxException(Code.VMM_DIED, "The VMM closed its control socket."));
        } catch (IOException e) {
            end(new SandboxException(Code.VMM_DIED, "The VMM's control socket broke: " + e.getMessage(), e));
        } catch (JacksonException | IllegalStateException e) {
            end(new SandboxException(
                    Code.VMM_REFUSED, "The VMM's control messages cannot be read: " + e.getMessage(), e));
        }
    }

    /** Handles the complete lines; returns what is left of the last. */
    private byte[] takeLines(byte[] begun, ByteBuffer buffer) {
        byte[] all = new byte[begun.length + buffer.remaining()];
        System.arraycopy(begun, 0, all, 0, begun.length);
        buffer.get(all, begun.length, buffer.remaining());
        int start = 0;
        for (int i = begun.length; i < all.length; i++) {
            if (all[i] == '\n') {
                handle(JSON.readTree(new String(all, start, i - start, StandardCharsets.UTF_8)));
                start = i + 1;
            }
        }
        if (all.length - start > LONGEST_LINE_BYTES) {
            throw new IllegalStateException("a line is longer than " + LONGEST_LINE_BYTES + " bytes");
        }
        byte[] rest = new byte[all.length - start];
        System.arraycopy(all, start, rest, 0, rest.length);
        return rest;
    }

    private void handle(JsonNode message) {
        if (message.has("QMP")) {
            // It begins; nothing of the greeting is needed.
            return;
        } else if (message.has("event")) {
            if (!events.offer(message)) {
                throw new IllegalStateException("more than " + MOST_EVENTS + " events that nobody waited for");
            }
        } else {
            CompletableFuture<JsonNode> answer;
            synchronized (this) {
                answer = pending.poll();
            }
            if (answer == null) {
                throw new IllegalStateException("an answer without a command");
            }
            if (message.has("return")) {
                answer.complete(message.get("return"));
            } else {
                answer.completeExceptionally(new SandboxException(
                        Code.VMM_REFUSED,
                        "The VMM refused a command: "
                                + message.path("error").path("desc").asString("no reason given")));
            }
        }
    }

    private void end(SandboxException why) {
        Queue<CompletableFuture<JsonNode>> waiting;
        synchronized (this) {
            if (!closed) {
                closed = true;
                ended = why;
            }
            waiting = new ArrayDeque<>(pending);
            pending.clear();
        }
        waiting.forEach(answer -> answer.completeExceptionally(why));
        events.clear();
        events.add(JSON.missingNode());
        try {
            channel.close();
        } catch (IOException e) {
            // It is of no more use either way.
        }
    }

    @Override
    public void close() {
        end(new SandboxException(Code.VMM_DIED, "The VMM's control connection was closed."));
    }
}
