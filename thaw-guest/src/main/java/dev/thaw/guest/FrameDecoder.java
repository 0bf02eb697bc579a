package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one direction of a port into frames, and lets nothing pass that the protocol forbids. What a frame means is its
 * receiver's business. Keeps at most one frame.
 */
final class FrameDecoder {
    static final int HEADER_BYTES = 12;
    static final int MAX_PAYLOAD_BYTES = 65_536;

    /** One frame. The payload is valid until the receiver returns. */
    @FunctionalInterface
    interface Receiver {
        void frame(FrameType type, int stream, ByteBuffer payload) throws AgentException;
    }

    private final FrameType.Sender peer;
    private final ByteBuffer input;

    FrameDecoder(FrameType.Sender peer) {
        this.peer = requireNonNull(peer, "peer is null");
        this.input = ByteBuffer.allocate(2 * (HEADER_BYTES + MAX_PAYLOAD_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where bytes from the port go; it always has room after {@link #drain}. */
    ByteBuffer input() {
        return input;
    }

    /**
     * Hands on every whole frame that is in the input.
     *
     * @throws AgentException with {@link AgentException.Code#PROTOCOL} at the first frame that must not be
     */
    void drain(Receiver receiver) throws AgentException {
        input.flip();
        while (input.remaining() >= HEADER_BYTES) {
            int start = input.position();
            int length = input.getInt(start);
            if (length < 0 || length > MAX_PAYLOAD_BYTES) {
                throw violation("a payload of " + Integer.toUnsignedString(length) + " bytes");
            }
            FrameType type = type(start);
            if (input.remaining() < HEADER_BYTES + length) {
                break;
            }
            ByteBuffer payload = input.slice(start + HEADER_BYTES, length).order(ByteOrder.LITTLE_ENDIAN);
            input.position(start + HEADER_BYTES + length);
            receiver.frame(type, input.getInt(start + 8), payload);
        }
        input.compact();
    }

    private FrameType type(int start) throws AgentException {
        int number = input.get(start + 4) & 0xff;
        @Nullable FrameType type = FrameType.of(number);
        if (type == null || !type.mayComeFrom(peer)) {
            throw violation("a frame of type " + number);
        }
        if (input.get(start + 5) != 0 || input.getShort(start + 6) != 0) {
            throw violation("flags in a frame of type " + type);
        }
        if ((input.getInt(start + 8) != 0) != type.ofStream()) {
            throw violation(
                    "a frame of type " + type + " for stream " + Integer.toUnsignedString(input.getInt(start + 8)));
        }
        return type;
    }

    static AgentException violation(String what) {
        return new AgentException(
                AgentException.Code.PROTOCOL, "The other end broke the agent protocol: it sent " + what);
    }
}
