package dev.thaw.guest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

final class FrameDecoderTest {
    private final List<String> seen = new ArrayList<>();

    private void decode(FrameDecoder decoder, byte[] bytes) throws AgentException {
        for (int done = 0; done < bytes.length; ) {
            int count = Math.min(bytes.length - done, decoder.input().remaining());
            decoder.input().put(bytes, done, count);
            done += count;
            decoder.drain((type, stream, payload) -> seen.add(type + " " + stream + " " + payload.remaining()));
        }
    }

    private static byte[] header(int length, int type, int flags, int stream) {
        return ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .put((byte) type)
                .put((byte) flags)
                .putShort((short) 0)
                .putInt(stream)
                .array();
    }

    private void assertViolation(byte[] bytes, String text) {
        assertThatThrownBy(() -> decode(new FrameDecoder(FrameType.Sender.GUEST), bytes))
                .isInstanceOfSatisfying(
                        AgentException.class, e -> assertThat(e.code()).isEqualTo(AgentException.Code.PROTOCOL))
                .hasMessageContaining(text);
        assertThat(seen).isEmpty();
    }

    @Test
    void findsFramesHoweverTheyAreCut() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        ByteBuffer all = ByteBuffer.allocate(4 << 20);
        for (int i = 0; i < 50; i++) {
            int length = 1 + random.nextInt(FrameDecoder.MAX_PAYLOAD_BYTES);
            all.put(FrameEncoder.data(i + 1, new byte[length], 0, length));
            all.put(FrameEncoder.small(FrameType.EOF, i + 1));
            expected.add("DATA " + (i + 1) + " " + length);
            expected.add("EOF " + (i + 1) + " 0");
        }
        all.flip();
        FrameDecoder decoder = new FrameDecoder(FrameType.Sender.GUEST);
        while (all.hasRemaining()) {
            byte[] piece = new byte[1 + random.nextInt(Math.min(all.remaining(), 70_000))];
            all.get(piece);
            decode(decoder, piece);
        }
        assertThat(seen).as("seed %d", seed).isEqualTo(expected);
    }

    @Test
    void rejectsWhatMayNotBe() {
        assertViolation(header(65_537, 34, 0, 1), "65537 bytes");
        assertViolation(header(-1, 34, 0, 1), "4294967295 bytes");
        assertViolation(header(0, 0, 0, 0), "type 0");
        assertViolation(header(0, 200, 0, 0), "type 200");
        assertViolation(header(0, 2, 0, 0), "type 2");
        assertViolation(header(0, 32, 0, 1), "type 32");
        assertViolation(header(0, 34, 1, 1), "flags");
        assertViolation(header(0, 34, 0, 0), "for stream 0");
        assertViolation(header(0, 1, 0, 5), "for stream 5");
    }

    @Test
    void everyGuestMessageRejectsEachCutAndEachExtraByte() throws Exception {
        for (ByteBuffer frame : GuestFrames.all()) {
            FrameType type = requireNonNull(FrameType.of(frame.get(4)));
            ByteBuffer payload = frame.slice(12, frame.limit() - 12).order(ByteOrder.LITTLE_ENDIAN);
            GuestMessage.decode(type, payload.duplicate().order(ByteOrder.LITTLE_ENDIAN));
            if (type == FrameType.LOG) {
                continue; // takes the rest, whatever it is
            }
            for (int length = 0; length < payload.limit(); length++) {
                ByteBuffer cut = payload.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
                assertThatThrownBy(() -> GuestMessage.decode(type, cut))
                        .as("%s of %d bytes", type, cut.limit())
                        .isInstanceOf(AgentException.class);
            }
            ByteBuffer longer = ByteBuffer.allocate(payload.limit() + 1)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(payload)
                    .put((byte) 0)
                    .flip();
            assertThatThrownBy(() -> GuestMessage.decode(type, longer)).hasMessageContaining("too many");
        }
    }
}
