package dev.thaw.guest;

import java.nio.ByteBuffer;
import java.util.List;

/** Frames as a guest sends them. */
final class GuestFrames {
    private GuestFrames() {}

    static ByteBuffer hello() {
        return FrameEncoder.control(FrameType.HELLO).i32(2).i32(0).string("6.1").finish();
    }

    static ByteBuffer started() {
        return FrameEncoder.control(FrameType.STARTED).i32(7).finish();
    }

    static ByteBuffer listening(int port) {
        return FrameEncoder.control(FrameType.LISTENING).i32(port).finish();
    }

    static ByteBuffer log(int bytes) {
        FrameEncoder frame = FrameEncoder.control(FrameType.LOG).u8(1);
        for (int i = 0; i < bytes; i++) {
            frame.u8('x');
        }
        return frame.finish();
    }

    static ByteBuffer exited(int code) {
        return FrameEncoder.control(FrameType.EXITED).u8(0).i32(code).u8(0).finish();
    }

    static ByteBuffer quiesced(String error) {
        return FrameEncoder.control(FrameType.QUIESCED).string(error).finish();
    }

    static ByteBuffer renewed(String error) {
        return FrameEncoder.control(FrameType.RENEWED).u64(1_000).string(error).finish();
    }

    static ByteBuffer failed(String why) {
        return FrameEncoder.control(FrameType.FAILED).string(why).finish();
    }

    static ByteBuffer logDropped(long bytes) {
        return FrameEncoder.control(FrameType.LOG_DROPPED).u64(bytes).finish();
    }

    static ByteBuffer limit(int kind, String process) {
        return FrameEncoder.control(FrameType.LIMIT)
                .u8(kind)
                .u64(128L << 20)
                .u64(5L << 20)
                .string(process)
                .finish();
    }

    static List<ByteBuffer> all() {
        return List.of(
                hello(),
                started(),
                listening(8080),
                log(10),
                exited(3),
                quiesced("no"),
                renewed("late"),
                failed("why"),
                logDropped(5),
                limit(1, "python3"));
    }
}
