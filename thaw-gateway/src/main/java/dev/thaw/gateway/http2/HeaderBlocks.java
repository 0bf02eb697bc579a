package dev.thaw.gateway.http2;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.frame.FrameFlag;
import org.apache.hc.core5.http2.frame.FrameType;
import org.apache.hc.core5.http2.frame.RawFrame;
import org.apache.hc.core5.http2.hpack.HPackDecoder;
import org.apache.hc.core5.http2.hpack.HPackException;
import org.jspecify.annotations.Nullable;

/** Puts blocks of headers together and decodes them, in the order of the connection. */
final class HeaderBlocks {
    static final int TABLE_BYTES = 4_096;

    private final int limit;
    private final HPackDecoder decoder = new HPackDecoder(TABLE_BYTES, StandardCharsets.ISO_8859_1);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int stream;
    private boolean end;

    record Block(int stream, List<Header> headers, boolean end) {}

    HeaderBlocks(int limit) {
        this.limit = limit;
        decoder.setMaxListSize(limit);
    }

    /** Whether nothing but a continuation may come next. */
    boolean isOpen() {
        return stream != 0;
    }

    /** Takes a HEADERS or CONTINUATION frame. Returns the block that it completes. */
    @Nullable
    Block add(RawFrame frame) throws Http2Violation {
        if (frame.getStreamId() == 0) {
            throw new Http2Violation(H2Error.PROTOCOL_ERROR, "Headers came outside of any stream.");
        }
        ByteBuffer content = frame.isType(FrameType.HEADERS) ? begin(frame) : go(frame);
        if (bytes.size() + content.remaining() > limit) {
            throw new Http2Violation(H2Error.ENHANCE_YOUR_CALM, "The headers have more than " + limit + " bytes.");
        }
        while (content.hasRemaining()) {
            bytes.write(content.get());
        }
        if (!frame.isFlagSet(FrameFlag.END_HEADERS)) {
            return null;
        }
        Block block = new Block(stream, decode(), end);
        stream = 0;
        bytes.reset();
        return block;
    }

    private ByteBuffer begin(RawFrame frame) throws Http2Violation {
        if (isOpen()) {
            throw new Http2Violation(H2Error.PROTOCOL_ERROR, "A block of headers was interrupted.");
        }
        stream = frame.getStreamId();
        end = frame.isFlagSet(FrameFlag.END_STREAM);
        ByteBuffer content = frame.getPayloadContent();
        if (content == null) {
            return ByteBuffer.allocate(0);
        }
        if (frame.isFlagSet(FrameFlag.PRIORITY)) {
            if (content.remaining() < 5) {
                throw new Http2Violation(H2Error.FRAME_SIZE_ERROR, "A frame of headers is too short.");
            }
            content.position(content.position() + 5);
        }
        return content;
    }

    private ByteBuffer go(RawFrame frame) throws Http2Violation {
        if (!isOpen() || frame.getStreamId() != stream) {
            throw new Http2Violation(H2Error.PROTOCOL_ERROR, "Headers go on that never began.");
        }
        ByteBuffer content = frame.getPayload();
        return content == null ? ByteBuffer.allocate(0) : content;
    }

    private List<Header> decode() throws Http2Violation {
        try {
            return decoder.decodeHeaders(ByteBuffer.wrap(bytes.toByteArray()));
        } catch (HPackException | RuntimeException e) {
            throw new Http2Violation(H2Error.COMPRESSION_ERROR, "The headers cannot be decoded: " + e.getMessage());
        }
    }
}
