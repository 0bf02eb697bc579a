package dev.thaw.guest;

import static dev.thaw.guest.FrameDecoder.violation;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the fields of a payload that may be hostile: each length is checked, and nothing may be left over. */
final class Payload {
    static final int MAX_STRING_BYTES = 32_768;
    static final int MAX_LIST_ITEMS = 1_024;

    private final ByteBuffer bytes;
    private final FrameType type;

    Payload(FrameType type, ByteBuffer bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    int u8() throws AgentException {
        need(1);
        return bytes.get() & 0xff;
    }

    int i32() throws AgentException {
        need(4);
        return bytes.getInt();
    }

    /** A u32 that must not reach 2³¹: nothing in the protocol is that large. */
    int size() throws AgentException {
        int value = i32();
        if (value < 0) {
            throw violation(type + " with the number " + Integer.toUnsignedString(value));
        }
        return value;
    }

    /** A u64 that must not reach 2⁶³. */
    long count() throws AgentException {
        need(8);
        long value = bytes.getLong();
        if (value < 0) {
            throw violation(type + " with the number " + Long.toUnsignedString(value));
        }
        return value;
    }

    byte[] bytes(int most) throws AgentException {
        int length = size();
        if (length > most) {
            throw violation(type + " with a field of " + length + " bytes");
        }
        need(length);
        byte[] value = new byte[length];
        bytes.get(value);
        return value;
    }

    String string() throws AgentException {
        byte[] value = bytes(MAX_STRING_BYTES);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString();
        } catch (CharacterCodingException e) {
            throw violation(type + " with a string that is not UTF-8");
        }
    }

    List<String> strings() throws AgentException {
        int items = size();
        if (items > MAX_LIST_ITEMS) {
            throw violation(type + " with a list of " + items + " items");
        }
        List<String> values = new ArrayList<>(items);
        for (int i = 0; i < items; i++) {
            values.add(string());
        }
        return values;
    }

    byte[] rest() {
        byte[] value = new byte[bytes.remaining()];
        bytes.get(value);
        return value;
    }

    void end() throws AgentException {
        if (bytes.hasRemaining()) {
            throw violation(type + " with " + bytes.remaining() + " bytes too many");
        }
    }

    private void need(int count) throws AgentException {
        if (bytes.remaining() < count) {
            throw violation(type + " that ends too early");
        }
    }
}
