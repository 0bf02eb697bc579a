package dev.thaw.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes one frame. Bad input of this side is an {@link IllegalArgumentException}, so that the guest never sees it. */
final class FrameEncoder {
    private final ByteBuffer frame;

    private FrameEncoder(FrameType type, int stream, int mostPayloadBytes) {
        frame = ByteBuffer.allocate(FrameDecoder.HEADER_BYTES + mostPayloadBytes)
                .order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0).put(type.number()).put((byte) 0).putShort((short) 0).putInt(stream);
    }

    static FrameEncoder control(FrameType type) {
        return new FrameEncoder(type, 0, FrameDecoder.MAX_PAYLOAD_BYTES);
    }

    /** A frame whose whole payload is one number, or nothing. */
    static ByteBuffer small(FrameType type, int stream, int... numbers) {
        FrameEncoder encoder = new FrameEncoder(type, stream, 4 * numbers.length);
        for (int number : numbers) {
            encoder.frame.putInt(number);
        }
        return encoder.finish();
    }

    static ByteBuffer data(int stream, byte[] bytes, int offset, int length) {
        FrameEncoder encoder = new FrameEncoder(FrameType.DATA, stream, length);
        encoder.frame.put(bytes, offset, length);
        return encoder.finish();
    }

    FrameEncoder u8(int value) {
        need(1);
        frame.put((byte) value);
        return this;
    }

    FrameEncoder i32(int value) {
        need(4);
        frame.putInt(value);
        return this;
    }

    FrameEncoder u64(long value) {
        need(8);
        frame.putLong(value);
        return this;
    }

    FrameEncoder bytes(byte[] value) {
        if (value.length > Payload.MAX_STRING_BYTES) {
            throw new IllegalArgumentException("A value for the guest has " + value.length + " bytes; at most "
                    + Payload.MAX_STRING_BYTES + " can be passed");
        }
        need(4 + value.length);
        frame.putInt(value.length).put(value);
        return this;
    }

    FrameEncoder string(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    FrameEncoder strings(List<String> values) {
        if (values.size() > Payload.MAX_LIST_ITEMS) {
            throw new IllegalArgumentException("A list for the guest has " + values.size() + " items; at most "
                    + Payload.MAX_LIST_ITEMS + " can be passed");
        }
        i32(values.size());
        values.forEach(this::string);
        return this;
    }

    ByteBuffer finish() {
        frame.putInt(0, frame.position() - FrameDecoder.HEADER_BYTES);
        return frame.flip();
    }

    private void need(int count) {
        if (frame.remaining() < count) {
            throw new IllegalArgumentException(
                    "The command line and environment are too large: together they may have about "
                            + FrameDecoder.MAX_PAYLOAD_BYTES + " bytes");
        }
    }
}
