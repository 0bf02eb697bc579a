package dev.thaw.guest;

import static dev.thaw.guest.FrameDecoder.violation;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The host's end of the agent protocol over one connection to a guest's port: see docs/agent-protocol.md.
 *
 * <p>A boot goes {@link #awaitHello}, {@link #start}, {@link #awaitListening}; a thaw begins with {@link #renew}. After either,
 * {@link #openStream} carries invocations. A freeze is {@link #quiesce}, and {@link #renew} where the instance goes on.
 *
 * <p>Every call that waits takes its bound and may be made from a virtual thread. Calls may come from any threads. The guest is
 * hostile: at the first violation of the protocol the connection closes, and every wait fails with
 * {@link AgentException.Code#PROTOCOL}.
 */
public final class AgentConnection implements AutoCloseable {
    static final int MAX_STREAMS = 256;

    private static final AtomicLong COUNTER = new AtomicLong();

    /** How far the conversation is. */
    private enum Phase {
        /** A booting guest has not said HELLO. */
        CONNECTED,
        GREETED,
        STARTING,
        STARTED,
        LISTENING,
        QUIESCING,
        /** The guest is silent. Also a guest that comes out of a snapshot. */
        QUIET,
        RENEWING
    }

    private final FramePort port;
    private final LogDelivery logs;
    private final CompletableFuture<FunctionExit> exit = new CompletableFuture<>();
    private final CompletableFuture<AgentException> ended = new CompletableFuture<>();

    /** Guards the fields below; may be held while sending, never while waiting. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final Map<Integer, AgentStream> streams = new HashMap<>();
    private Phase phase;
    private boolean quiescedIsDue;
    private boolean functionEnded;
    private int lastStream;
    private int pid;
    private int functionPort;
    private @Nullable Hello hello;
    private @Nullable String quiesceError;
    private GuestMessage.@Nullable RenewalDone renewal;
    private @Nullable AgentException failure;
    private @Nullable Shortage lastShortage;
    private long lastShortageNanos;

    private AgentConnection(SocketChannel channel, AgentLog listener, Phase phase) throws IOException {
        this.phase = phase;
        this.port = new FramePort(channel, "thaw-agent-" + COUNTER.incrementAndGet(), new Incoming());
        this.logs = new LogDelivery(
                requireNonNull(listener, "listener is null"),
                bytes -> send(HostMessages.number(FrameType.LOG_WINDOW, bytes)),
                lock);
    }

    /** A connection to a guest that boots. Takes the channel over, also when it throws. */
    public static AgentConnection toBooting(SocketChannel channel, AgentLog listener) throws IOException {
        return open(channel, listener, Phase.CONNECTED);
    }

    /** A connection to a guest that comes out of a snapshot, made before the guest runs. Takes the channel over, also when it throws. */
    public static AgentConnection toThawing(SocketChannel channel, AgentLog listener) throws IOException {
        return open(channel, listener, Phase.QUIET);
    }

    /**
     * A connection to a guest whose earlier one was lost while its function was listening. Begin with {@link #quiesce}, which a guest refuses in which a stream of the
     * earlier connection is open, and {@link #renew}. Takes the channel over, also when it throws.
     */
    public static AgentConnection toAbandoned(SocketChannel channel, AgentLog listener) throws IOException {
        AgentConnection connection = new AgentConnection(channel, listener, Phase.LISTENING);
        // What the earlier connection has granted is not known, but for its bound.
        connection.logs.assumeGranted();
        connection.port.start();
        return connection;
    }

    private static AgentConnection open(SocketChannel channel, AgentLog listener, Phase phase) throws IOException {
        AgentConnection connection = new AgentConnection(channel, listener, phase);
        connection.port.start();
        return connection;
    }

    /** Waits for the agent's first word. */
    public Hello awaitHello(Duration timeout) throws AgentException {
        return locked(() -> {
            Deadline deadline = Deadline.in(timeout);
            while (hello == null) {
                checkOpen();
                deadline.await(changed, "the guest's agent to say hello");
            }
            return hello;
        });
    }

    /**
     * Starts the function and waits until its process exists.
     *
     * @return the function's process id in the guest
     * @throws IllegalArgumentException when arguments and environment together pass 64 KiB
     */
    public int start(StartRequest request, Duration timeout) throws AgentException {
        ByteBuffer frame = HostMessages.start(request);
        return locked(() -> {
            expect(Phase.GREETED);
            phase = Phase.STARTING;
            functionPort = request.port();
            logs.open();
            port.send(frame);
            Deadline deadline = Deadline.in(timeout);
            while (phase == Phase.STARTING) {
                checkOpen();
                deadline.await(changed, "the function's process");
            }
            return pid;
        });
    }

    /**
     * Waits until the function accepts connections.
     *
     * @throws AgentException with {@link AgentException.Code#FUNCTION_EXITED} when it ends instead, and with
     *     {@link AgentException.Code#GUEST_FAILED} when its ready timeout is over
     */
    public void awaitListening(Duration timeout) throws AgentException {
        locked(() -> {
            Deadline deadline = Deadline.in(timeout);
            while (phase == Phase.STARTED && !functionEnded) {
                checkOpen();
                deadline.await(changed, "the function to listen on port " + functionPort);
            }
            checkFunction();
            if (phase != Phase.LISTENING) {
                throw wrongState();
            }
            return phase;
        });
    }

    /**
     * Makes the guest ready for a freeze: runs the hook before it, and silences the agent. There may be no stream open. Whatever
     * comes of it, the guest goes on only after {@link #renew}.
     *
     * @throws AgentException with {@link AgentException.Code#HOOK_FAILED} when the hook failed or was late
     */
    public void quiesce(Duration hookTimeout, Duration timeout) throws AgentException {
        ByteBuffer frame = HostMessages.number(FrameType.QUIESCE, HostMessages.millis(hookTimeout));
        locked(() -> {
            expect(Phase.LISTENING);
            if (!streams.isEmpty()) {
                throw new AgentException(
                        AgentException.Code.WRONG_STATE, streams.size() + " streams are open; a freeze needs none");
            }
            phase = Phase.QUIESCING;
            quiescedIsDue = true;
            quiesceError = null;
            port.send(frame);
            Deadline deadline = Deadline.in(timeout);
            while (phase == Phase.QUIESCING) {
                checkOpen();
                deadline.await(changed, "the guest to be ready for its freeze");
            }
            checkOpen();
            checkHook(requireNonNull(quiesceError));
            return phase;
        });
    }

    /**
     * Gives the guest its identity, clock and random seed, runs the hook after the thaw, and waits until that is done.
     *
     * @throws AgentException with {@link AgentException.Code#HOOK_FAILED} when the hook failed or was late; the guest must be ended
     */
    public Renewed renew(RenewRequest request, Duration timeout) throws AgentException {
        ByteBuffer frame = HostMessages.renew(request);
        return locked(() -> {
            if (phase != Phase.QUIESCING && phase != Phase.QUIET) {
                throw wrongState();
            }
            phase = Phase.RENEWING;
            renewal = null;
            logs.shut();
            port.send(frame);
            Deadline deadline = Deadline.in(timeout);
            while (renewal == null) {
                checkOpen();
                deadline.await(changed, "the guest to renew itself");
            }
            checkHook(renewal.error());
            return renewal.renewed();
        });
    }

    /** Opens a stream to the function. See {@link #openStream(ByteBuffer, Duration)}. */
    public AgentStream openStream(Duration timeout) throws AgentException {
        return openStream(ByteBuffer.allocate(0), timeout);
    }

    /**
     * Opens a stream to the function and sends its first bytes along, which saves a round trip. Does not wait for the function.
     *
     * @param first what the function reads first; up to 64 KiB of it are taken, the rest remains in the buffer
     * @param timeout how long each later read or write may wait; see {@link AgentStream#timeout}
     */
    public AgentStream openStream(ByteBuffer first, Duration timeout) throws AgentException {
        return locked(() -> {
            checkFunction();
            expect(Phase.LISTENING);
            if (streams.size() >= MAX_STREAMS) {
                throw new AgentException(
                        AgentException.Code.TOO_MANY_STREAMS, MAX_STREAMS + " streams to one instance are open");
            }
            AgentStream stream = new AgentStream(lastStream + 1, this, timeout);
            lastStream = stream.id();
            streams.put(stream.id(), stream);
            port.send(stream.opening(first));
            return stream;
        });
    }

    /** Sends a signal to the function's process group. */
    public void signal(int number) throws AgentException {
        if (number < 1 || number > 64) {
            throw new IllegalArgumentException("Not a signal: " + number);
        }
        send(HostMessages.number(FrameType.SIGNAL, number));
    }

    /** Asks the function to end, kills it after the grace, then powers the guest off; does not wait for it. */
    public void shutdown(Duration grace) throws AgentException {
        send(HostMessages.number(FrameType.SHUTDOWN, HostMessages.millis(grace)));
    }

    /** Completes when the function ends, or exceptionally when the connection does so first. */
    public CompletableFuture<FunctionExit> exit() {
        return exit.copy();
    }

    /** What the function had too little of, if that was since {@link System#nanoTime} was {@code nanos}. */
    public Optional<Shortage> shortageSince(long nanos) {
        lock.lock();
        try {
            return lastShortageNanos - nanos < 0 ? Optional.empty() : Optional.ofNullable(lastShortage);
        } finally {
            lock.unlock();
        }
    }

    /** Completes with the reason when the connection has ended, whoever ended it. */
    public CompletableFuture<AgentException> ended() {
        return ended.copy();
    }

    /** Closes the port; every wait fails. The guest is not told: its machine ends with its sandbox. */
    @Override
    public void close() {
        port.fail(new AgentException(AgentException.Code.CLOSED, "The connection to the guest's agent is closed"));
        port.join();
    }

    // What streams ask for.

    void send(ByteBuffer frame) throws AgentException {
        port.send(frame);
    }

    void sendData(ByteBuffer frame, Deadline deadline) throws AgentException {
        port.sendData(frame, deadline);
    }

    void forgetWhenOver(AgentStream stream) {
        if (stream.isOver()) {
            lock.lock();
            try {
                streams.remove(stream.id());
            } finally {
                lock.unlock();
            }
        }
    }

    void reset(AgentStream stream, int reason) {
        forgetWhenOver(stream);
        try {
            port.send(FrameEncoder.small(FrameType.RESET, stream.id(), reason));
        } catch (AgentException e) {
            // The connection has ended, and all its streams with it: nobody is left to be told.
            stream.onConnectionEnd(e);
        }
    }

    /** What the port's thread does. */
    private final class Incoming implements FramePort.Handler {
        @Override
        public void frame(FrameType type, int stream, ByteBuffer payload) throws AgentException {
            lock.lock();
            try {
                if (type.ofStream()) {
                    onStreamFrame(type, stream, payload);
                } else {
                    onControl(GuestMessage.decode(type, payload));
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void ended(AgentException why) {
            List<AgentStream> open;
            lock.lock();
            try {
                failure = why;
                open = new ArrayList<>(streams.values());
                streams.clear();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            open.forEach(stream -> stream.onConnectionEnd(why));
            logs.end();
            exit.completeExceptionally(why);
            ended.complete(why);
        }
    }

    private void onStreamFrame(FrameType type, int id, ByteBuffer payload) throws AgentException {
        if (Integer.compareUnsigned(id, lastStream) > 0) {
            throw violation(type + " for stream " + Integer.toUnsignedString(id) + ", which was never open");
        }
        requireSpeaking(type.toString());
        AgentStream stream = streams.get(id);
        if (stream != null) {
            stream.onFrame(type, payload);
            forgetWhenOver(stream);
        }
    }

    private void onControl(GuestMessage message) throws AgentException {
        switch (message) {
            case GuestMessage.Greeting greeting -> {
                requirePhase(Phase.CONNECTED, "HELLO");
                hello = greeting.hello();
                phase = Phase.GREETED;
            }
            case GuestMessage.Started started -> {
                requirePhase(Phase.STARTING, "STARTED");
                pid = started.pid();
                phase = Phase.STARTED;
            }
            case GuestMessage.Listening listening -> {
                requirePhase(Phase.STARTED, "LISTENING");
                if (listening.port() != functionPort) {
                    throw violation("LISTENING on port " + listening.port() + " instead of " + functionPort);
                }
                phase = Phase.LISTENING;
            }
            case GuestMessage.Exited exited -> onExited(exited.exit());
            case GuestMessage.Quiesced quiesced -> onQuiesced(quiesced.error());
            case GuestMessage.RenewalDone done -> onRenewed(done);
            case GuestMessage.Failed failed ->
                throw new AgentException(AgentException.Code.GUEST_FAILED, "The guest gave up: " + failed.why());
            case GuestMessage.Log piece -> {
                requireSpeaking("LOG");
                logs.accept(piece);
            }
            case GuestMessage.LogDropped dropped -> {
                requireSpeaking("LOG_DROPPED");
                logs.dropped(dropped.bytes());
            }
            case GuestMessage.Limit limit -> {
                requireSpeaking("LIMIT");
                lastShortage = limit.shortage();
                lastShortageNanos = System.nanoTime();
                logs.ranShort(limit.shortage());
            }
        }
        changed.signalAll();
    }

    private void onExited(FunctionExit how) throws AgentException {
        requireSpeaking("EXITED");
        if (functionEnded || phase == Phase.GREETED || phase == Phase.STARTING) {
            throw violation("EXITED while no function runs");
        }
        functionEnded = true;
        exit.complete(how);
    }

    private void onQuiesced(String error) throws AgentException {
        if (!quiescedIsDue) {
            throw violation("QUIESCED without QUIESCE");
        }
        quiescedIsDue = false;
        if (phase == Phase.QUIESCING) {
            quiesceError = error;
            phase = Phase.QUIET;
        }
    }

    private void onRenewed(GuestMessage.RenewalDone done) throws AgentException {
        requirePhase(Phase.RENEWING, "RENEWED");
        quiescedIsDue = false;
        renewal = done;
        phase = Phase.LISTENING;
        logs.open();
    }

    /** After its QUIESCED a guest is silent until it has been renewed. */
    private void requireSpeaking(String what) throws AgentException {
        if (phase == Phase.CONNECTED || phase == Phase.QUIET) {
            throw violation(what + (phase == Phase.QUIET ? " although it is quiet" : " before HELLO"));
        }
    }

    private void requirePhase(Phase expected, String what) throws AgentException {
        if (phase != expected) {
            throw violation(what + " in the state " + phase);
        }
    }

    private void expect(Phase expected) throws AgentException {
        checkOpen();
        if (phase != expected) {
            throw wrongState();
        }
    }

    private AgentException wrongState() {
        return new AgentException(
                AgentException.Code.WRONG_STATE, "This cannot be asked of a guest in the state " + phase);
    }

    private void checkOpen() throws AgentException {
        if (failure != null) {
            throw failure.again();
        }
    }

    private void checkFunction() throws AgentException {
        checkOpen();
        if (functionEnded) {
            throw new AgentException(AgentException.Code.FUNCTION_EXITED, "The function " + exit.getNow(null));
        }
    }

    private static void checkHook(String error) throws AgentException {
        if (!error.isEmpty()) {
            throw new AgentException(AgentException.Code.HOOK_FAILED, "A hook of the function failed: " + error);
        }
    }

    @FunctionalInterface
    private interface Guarded<T> {
        T call() throws AgentException;
    }

    private <T> T locked(Guarded<T> action) throws AgentException {
        lock.lock();
        try {
            return action.call();
        } finally {
            lock.unlock();
        }
    }
}
