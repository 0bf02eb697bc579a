package dev.thaw.gateway.http2;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http2.H2ConnectionException;
import org.apache.hc.core5.http2.H2CorruptFrameException;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.config.H2Param;
import org.apache.hc.core5.http2.config.H2Setting;
import org.apache.hc.core5.http2.frame.DefaultFrameFactory;
import org.apache.hc.core5.http2.frame.FrameFactory;
import org.apache.hc.core5.http2.frame.FrameFlag;
import org.apache.hc.core5.http2.frame.FrameType;
import org.apache.hc.core5.http2.frame.RawFrame;
import org.apache.hc.core5.http2.impl.io.FrameInputBuffer;

/**
 * An HTTP/2 connection over a pair of byte streams. {@link #run} reads it in the caller's thread until it ends; streams are used from threads of their own.
 * Server push does not exist in either direction.
 */
public final class Http2Connection {
    /** What a client of HTTP/2 sends first (RFC 9113, section 3.4). */
    public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private static final FrameFactory FRAMES = DefaultFrameFactory.INSTANCE;
    private static final int DEFAULT_WINDOW = 65_535;

    private final InputStream input;
    private final Http2Output output;
    private final Http2Limits limits;
    private final Http2Listener listener;
    private final FrameInputBuffer frames = new FrameInputBuffer(Http2Output.FRAME_BYTES);
    private final HeaderBlocks blocks;
    private final FloodGuard guard = new FloodGuard();
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private final Map<Integer, Http2Stream> streams = new HashMap<>();
    private int sendWindow = DEFAULT_WINDOW;
    private int receiveWindow;
    private int uncredited;
    private int peerStreamWindow = DEFAULT_WINDOW;
    private int lastPeerStream;
    private int nextStream = 1;
    private boolean goingAway;

    /**
     * @param listener told of the streams that the other side opens; it also says which side this one is. A server's has read the preface already
     */
    public Http2Connection(InputStream input, OutputStream output, Http2Limits limits, Http2Listener listener) {
        this.input = requireNonNull(input, "input is null");
        this.output = new Http2Output(output);
        this.limits = requireNonNull(limits, "limits is null");
        this.listener = requireNonNull(listener, "listener is null");
        blocks = new HeaderBlocks(limits.headerBytes());
        receiveWindow = limits.connectionWindow();
    }

    /** Sends this side's settings, behind the preface where this side asks. */
    public void start() throws IOException {
        if (!listener.isServer()) {
            output.raw(PREFACE.getBytes(StandardCharsets.US_ASCII));
        }
        output.control(FRAMES.createSettings(
                new H2Setting(H2Param.HEADER_TABLE_SIZE, HeaderBlocks.TABLE_BYTES),
                new H2Setting(H2Param.ENABLE_PUSH, 0),
                new H2Setting(H2Param.MAX_CONCURRENT_STREAMS, listener.isServer() ? limits.streams() : 0),
                new H2Setting(H2Param.INITIAL_WINDOW_SIZE, limits.streamWindow()),
                new H2Setting(H2Param.MAX_HEADER_LIST_SIZE, limits.headerBytes())));
        output.windowUpdate(0, limits.connectionWindow() - DEFAULT_WINDOW);
    }

    /** Reads the other side's settings, which come first. Returns false when something else came: it does not speak HTTP/2. */
    public boolean awaitSettings() throws IOException {
        try {
            RawFrame first = frames.read(input);
            if (first == null || !first.isType(FrameType.SETTINGS) || first.getStreamId() != 0) {
                return false;
            }
            settings(first);
            return true;
        } catch (H2ConnectionException | H2CorruptFrameException | ConnectionClosedException e) {
            return false;
        }
    }

    /**
     * Reads until the connection ends, one way or the other; all streams have ended then.
     *
     * @throws IOException when it broke, or the other side broke the rules (it has been told)
     */
    public void run() throws IOException {
        IOException cause = new IOException("The connection has ended.");
        try {
            while (true) {
                RawFrame frame;
                try {
                    frame = frames.read(input);
                } catch (SocketTimeoutException e) {
                    if (isIdle()) {
                        goAway(H2Error.NO_ERROR, "No request came.");
                        return;
                    }
                    continue;
                }
                if (frame == null) {
                    return;
                }
                guard.frame(frame);
                handle(frame);
            }
        } catch (ConnectionClosedException e) {
            cause = e;
        } catch (Http2Violation e) {
            cause = e;
            goAway(e.error(), String.valueOf(e.getMessage()));
            throw e;
        } catch (H2ConnectionException e) {
            cause = e;
            goAway(H2Error.getByCode(e.getCode()), String.valueOf(e.getMessage()));
            throw e;
        } catch (IOException e) {
            cause = e;
            throw e;
        } finally {
            failAll(cause);
        }
    }

    private void handle(RawFrame frame) throws IOException {
        FrameType type = FrameType.valueOf(frame.getType());
        if (blocks.isOpen() && type != FrameType.CONTINUATION) {
            throw new Http2Violation(H2Error.PROTOCOL_ERROR, "A block of headers was interrupted.");
        }
        if (type == null) {
            return;
        }
        switch (type) {
            case DATA -> data(frame);
            case HEADERS, CONTINUATION -> {
                HeaderBlocks.Block block = blocks.add(frame);
                if (block != null) {
                    headers(block);
                }
            }
            case RST_STREAM -> peerReset(frame);
            case SETTINGS -> settings(frame);
            case PING -> ping(frame);
            case WINDOW_UPDATE -> windowUpdate(frame);
            case GOAWAY -> {
                lock.lock();
                try {
                    goingAway = true;
                } finally {
                    lock.unlock();
                }
            }
            case PUSH_PROMISE -> throw new Http2Violation(H2Error.PROTOCOL_ERROR, "Pushes are not taken.");
            case PRIORITY, PRIORITY_UPDATE -> {
                // Streams are served as they come.
            }
        }
    }

    private void headers(HeaderBlocks.Block block) throws IOException {
        Http2Stream opened = null;
        lock.lock();
        try {
            Http2Stream stream = streams.get(block.stream());
            if (stream == null) {
                if (!listener.isServer() || block.stream() % 2 == 0) {
                    throw new Http2Violation(H2Error.PROTOCOL_ERROR, "Headers came for a stream that nobody opened.");
                }
                if (block.stream() <= lastPeerStream) {
                    // One that was given up a moment ago.
                    return;
                }
                lastPeerStream = block.stream();
                if (goingAway) {
                    return;
                }
                stream = new Http2Stream(this, block.stream(), peerStreamWindow);
                streams.put(block.stream(), stream);
                opened = stream;
                guard.opened();
                stream.expect(Http2Messages.contentLength(block.headers()));
            }
            boolean isFinal = listener.isServer() || !Http2Messages.isInterim(block.headers());
            receive(stream, block, isFinal);
        } finally {
            lock.unlock();
        }
        if (opened != null && !listener.opened(opened)) {
            reset(opened, H2Error.REFUSED_STREAM, new IOException("Too many streams are open."));
        }
    }

    private void receive(Http2Stream stream, HeaderBlocks.Block block, boolean isFinal) throws IOException {
        try {
            stream.received(block.headers(), block.end(), isFinal);
        } catch (Http2Violation e) {
            violated(stream, e);
        }
        forgetIfOver(stream);
    }

    private void violated(Http2Stream stream, Http2Violation violation) throws IOException {
        if (!violation.isStreamOnly()) {
            throw violation;
        }
        reset(stream, violation.error(), violation);
    }

    private void data(RawFrame frame) throws IOException {
        ByteBuffer content = frame.getPayloadContent();
        byte[] bytes = new byte[content == null ? 0 : content.remaining()];
        if (content != null) {
            content.get(bytes);
        }
        boolean end = frame.isFlagSet(FrameFlag.END_STREAM);
        int back = 0;
        lock.lock();
        try {
            receiveWindow -= frame.getLength();
            if (receiveWindow < 0) {
                throw new Http2Violation(H2Error.FLOW_CONTROL_ERROR, "More data came than the window allows.");
            }
            Http2Stream stream = streams.get(frame.getStreamId());
            if (stream == null) {
                if (frame.getStreamId() == 0 || frame.getStreamId() > Math.max(lastPeerStream, nextStream)) {
                    throw new Http2Violation(H2Error.PROTOCOL_ERROR, "Data came for a stream that nobody opened.");
                }
                back = frame.getLength();
            } else {
                back = frame.getLength() - bytes.length;
                try {
                    stream.received(bytes, frame.getLength(), end);
                } catch (Http2Violation e) {
                    violated(stream, e);
                }
                forgetIfOver(stream);
            }
        } finally {
            lock.unlock();
        }
        if (back > 0) {
            credit(back);
        }
    }

    private void peerReset(RawFrame frame) throws IOException {
        guard.reset();
        int code = frame.getPayload() == null ? 0 : frame.getPayload().getInt();
        H2Error error = H2Error.getByCode(code);
        int back = 0;
        lock.lock();
        try {
            Http2Stream stream = streams.remove(frame.getStreamId());
            if (stream != null) {
                back = stream.fail(
                        new IOException("The other side gave the stream up: " + (error == null ? code : error)));
            }
        } finally {
            lock.unlock();
        }
        credit(back);
    }

    private void settings(RawFrame frame) throws IOException {
        if (frame.isFlagSet(FrameFlag.ACK)) {
            return;
        }
        ByteBuffer payload = frame.getPayload();
        if (frame.getStreamId() != 0 || (payload != null && payload.remaining() % 6 != 0)) {
            throw new Http2Violation(H2Error.FRAME_SIZE_ERROR, "The settings are malformed.");
        }
        while (payload != null && payload.hasRemaining()) {
            int key = payload.getShort() & 0xffff;
            int value = payload.getInt();
            if (key == H2Param.INITIAL_WINDOW_SIZE.getCode()) {
                resizeWindows(value);
            }
            // The rest does not matter: frames are of the least size, no table is used, nothing is pushed.
        }
        output.control(FRAMES.createSettingsAck());
    }

    private void resizeWindows(int size) throws Http2Violation {
        if (size < 0) {
            throw new Http2Violation(H2Error.FLOW_CONTROL_ERROR, "The initial window is too wide.");
        }
        lock.lock();
        try {
            int more = size - peerStreamWindow;
            peerStreamWindow = size;
            for (Http2Stream stream : streams.values()) {
                stream.widen(more);
            }
        } finally {
            lock.unlock();
        }
    }

    private void ping(RawFrame frame) throws IOException {
        ByteBuffer payload = frame.getPayload();
        if (payload == null || payload.remaining() != 8 || frame.getStreamId() != 0) {
            throw new Http2Violation(H2Error.FRAME_SIZE_ERROR, "A ping is malformed.");
        }
        if (!frame.isFlagSet(FrameFlag.ACK)) {
            output.control(FRAMES.createPingAck(payload));
        }
    }

    private void windowUpdate(RawFrame frame) throws IOException {
        ByteBuffer payload = frame.getPayload();
        int bytes = payload == null || payload.remaining() != 4 ? 0 : payload.getInt() & 0x7fffffff;
        if (bytes == 0) {
            throw new Http2Violation(H2Error.PROTOCOL_ERROR, "A window was widened by nothing.");
        }
        lock.lock();
        try {
            if (frame.getStreamId() != 0) {
                Http2Stream stream = streams.get(frame.getStreamId());
                if (stream != null) {
                    stream.widen(bytes);
                }
                return;
            }
            if (sendWindow + (long) bytes > Integer.MAX_VALUE) {
                throw new Http2Violation(H2Error.FLOW_CONTROL_ERROR, "The connection's window is too wide.");
            }
            sendWindow += bytes;
            streams.values().forEach(Http2Stream::signal);
        } finally {
            lock.unlock();
        }
    }

    /** Opens a stream to the other side. */
    public Http2Stream open() {
        lock.lock();
        try {
            Http2Stream stream = new Http2Stream(this, nextStream, peerStreamWindow);
            streams.put(nextStream, stream);
            nextStream += 2;
            return stream;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no further streams, and tells the other side so. */
    public void goAway() throws IOException {
        goAway(H2Error.NO_ERROR, "");
    }

    private void goAway(H2Error error, String message) throws IOException {
        int last;
        lock.lock();
        try {
            goingAway = true;
            last = lastPeerStream;
        } finally {
            lock.unlock();
        }
        output.control(FRAMES.createGoAway(last, error == null ? H2Error.INTERNAL_ERROR : error, message));
    }

    public boolean isIdle() {
        lock.lock();
        try {
            return streams.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    // For streams.

    ReentrantLock lock() {
        return lock;
    }

    Http2Limits limits() {
        return limits;
    }

    Http2Output output() {
        return output;
    }

    int sendWindow() {
        return sendWindow;
    }

    void takeSendWindow(int bytes) {
        sendWindow -= bytes;
    }

    /** These bytes of the connection's window are free again. */
    void credit(int bytes) throws IOException {
        int credit;
        lock.lock();
        try {
            uncredited += bytes;
            if (uncredited < limits.connectionWindow() / 4) {
                return;
            }
            credit = uncredited;
            uncredited = 0;
            receiveWindow += credit;
        } finally {
            lock.unlock();
        }
        output.windowUpdate(0, credit);
    }

    /** Breaks a stream off, unless it is over; what of it nobody has read is dropped. */
    void reset(Http2Stream stream, H2Error error, IOException cause) {
        int back;
        boolean over;
        lock.lock();
        try {
            over = stream.isOver();
            streams.remove(stream.id());
            back = over ? stream.discard() : stream.fail(cause);
        } finally {
            lock.unlock();
        }
        try {
            if (!over) {
                output.reset(stream.id(), error);
            }
            credit(back);
        } catch (IOException e) {
            // The connection is broken: whoever reads it ends it.
            cause.addSuppressed(e);
        }
    }

    void checkOver(Http2Stream stream) {
        lock.lock();
        try {
            forgetIfOver(stream);
        } finally {
            lock.unlock();
        }
    }

    private void forgetIfOver(Http2Stream stream) {
        if (stream.isOver()) {
            streams.remove(stream.id());
        }
    }

    private void failAll(IOException cause) {
        List<Http2Stream> all;
        lock.lock();
        try {
            goingAway = true;
            all = List.copyOf(streams.values());
            streams.clear();
            all.forEach(stream -> stream.fail(cause));
        } finally {
            lock.unlock();
        }
    }
}
