package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FuseDecoderTest {
    private static final long UNIQUE = 0x8000_0000_0000_0012L;

    private static MemorySegment request(int opcode, long node, byte[] body) {
        ByteBuffer message = ByteBuffer.allocate(40 + body.length).order(ByteOrder.nativeOrder());
        message.putInt(message.capacity()).putInt(opcode).putLong(UNIQUE).putLong(node);
        message.putInt(0).putInt(0).putInt(1).putInt(0).put(body);
        return MemorySegment.ofArray(message.array());
    }

    private static ByteBuffer body(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    private static FuseRequest decode(int opcode, long node, byte[] body) {
        return FuseDecoder.decode(request(opcode, node, body)).orElseThrow();
    }

    private static byte[] read(long offset, int size) {
        return body(40).putLong(9).putLong(offset).putInt(size).array();
    }

    @Test
    void requestsAsTheKernelSendsThem() {
        assertThat(decode(FuseProtocol.READ, 7, read(8192, 4096)))
                .isEqualTo(new FuseRequest.Read(UNIQUE, 7, 8192, 4096, 1));
        assertThat(decode(FuseProtocol.LOOKUP, 1, "image\0".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new FuseRequest.Lookup(UNIQUE, 1, "image"));
        assertThat(decode(FuseProtocol.GETATTR, 3, new byte[16])).isEqualTo(new FuseRequest.GetAttr(UNIQUE, 3));
        assertThat(decode(FuseProtocol.OPEN, 3, body(8).putInt(0x8001).array()))
                .isEqualTo(new FuseRequest.Open(UNIQUE, 3, 0x8001));
        assertThat(decode(FuseProtocol.RELEASE, 3, new byte[24])).isEqualTo(new FuseRequest.Release(UNIQUE, 3));
        assertThat(decode(FuseProtocol.FORGET, 3, new byte[8])).isEqualTo(new FuseRequest.Forget(List.of(3L)));
        assertThat(decode(FuseProtocol.INTERRUPT, 0, body(8).putLong(5).array()))
                .isEqualTo(new FuseRequest.Interrupt(5));
        assertThat(decode(FuseProtocol.STATFS, 1, new byte[0])).isEqualTo(new FuseRequest.StatFs(UNIQUE));
        assertThat(decode(FuseProtocol.DESTROY, 0, new byte[0])).isEqualTo(new FuseRequest.Destroy(UNIQUE));
        assertThat(decode(27, 1, new byte[8])).isEqualTo(new FuseRequest.Other(UNIQUE, 27));
        assertThat(decode(
                        FuseProtocol.INIT,
                        0,
                        body(64).putInt(7)
                                .putInt(45)
                                .putInt(131_072)
                                .putInt(-1)
                                .putInt(128)
                                .array()))
                .isEqualTo(new FuseRequest.Init(UNIQUE, 7, 45, 131_072, -1, 128));
        assertThat(decode(
                        FuseProtocol.BATCH_FORGET,
                        0,
                        body(40).putInt(2)
                                .putInt(0)
                                .putLong(5)
                                .putLong(1)
                                .putLong(6)
                                .putLong(1)
                                .array()))
                .isEqualTo(new FuseRequest.Forget(List.of(5L, 6L)));
    }

    @Test
    void whatBreaksTheProtocolIsNoRequest() {
        assertThat(decode(FuseProtocol.READ, 7, read(-1, 4096))).isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.READ, 7, read(0, 0))).isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.READ, 7, read(0, -1))).isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.READ, 7, read(0, FuseProtocol.LONGEST_READ + 1)))
                .isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.READ, 7, read(Long.MAX_VALUE, 4096))).isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.LOOKUP, 1, "endless".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(FuseRequest.Malformed.class);
        byte[] longName = new byte[300];
        Arrays.fill(longName, 0, 299, (byte) 'a');
        assertThat(decode(FuseProtocol.LOOKUP, 1, longName)).isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.BATCH_FORGET, 0, body(24).putInt(2).array()))
                .isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.BATCH_FORGET, 0, body(24).putInt(-1).array()))
                .isInstanceOf(FuseRequest.Malformed.class);
        assertThat(decode(FuseProtocol.READ, 7, new byte[39])).isInstanceOf(FuseRequest.Malformed.class);
        assertThat(FuseDecoder.decode(
                        request(FuseProtocol.READ, 7, read(0, 4096)).asSlice(0, 79)))
                .hasValueSatisfying(request -> assertThat(request).isInstanceOf(FuseRequest.Malformed.class));
        assertThat(FuseDecoder.decode(MemorySegment.ofArray(new byte[39]))).isEmpty();
    }

    /** Nothing but a request, a refusal or nothing comes of any bytes; what is accepted is within its bounds. */
    @Test
    void anyBytes() {
        long seed = Long.getLong("thaw.seed", new Random().nextLong());
        System.out.println("thaw.seed=" + seed);
        Random random = new Random(seed);
        int[] opcodes = {1, 2, 3, 14, 15, 17, 18, 26, 36, 38, 42, 99};
        for (int i = 0; i < 200_000; i++) {
            byte[] body = new byte[random.nextInt(80)];
            random.nextBytes(body);
            if (random.nextBoolean() && body.length >= 24) {
                Arrays.fill(body, 10, 16, (byte) 0);
                Arrays.fill(body, 18, 20, (byte) 0);
            }
            MemorySegment message = request(opcodes[random.nextInt(opcodes.length)], random.nextLong(), body);
            if (random.nextInt(4) == 0) {
                message = message.asSlice(0, random.nextLong(message.byteSize() + 1));
            }
            if (random.nextInt(8) == 0 && message.byteSize() > 0) {
                message.set(java.lang.foreign.ValueLayout.JAVA_BYTE, random.nextLong(message.byteSize()), (byte)
                        random.nextInt());
            }
            check(FuseDecoder.decode(message), message.byteSize());
        }
    }

    private static void check(Optional<FuseRequest> decoded, long length) {
        if (length < 40) {
            assertThat(decoded).isEmpty();
            return;
        }
        switch (decoded.orElseThrow()) {
            case FuseRequest.Read read -> {
                assertThat(read.size()).isBetween(1, FuseProtocol.LONGEST_READ);
                assertThat(read.offset()).isBetween(0L, Long.MAX_VALUE - read.size());
            }
            case FuseRequest.Lookup lookup -> assertThat(lookup.name().length()).isLessThan((int) length - 40);
            case FuseRequest.Forget forget ->
                assertThat(forget.nodes().size()).isLessThanOrEqualTo((int) Math.max(1, (length - 48) / 16));
            case FuseRequest other -> assertThat(other).isNotNull();
        }
    }
}
