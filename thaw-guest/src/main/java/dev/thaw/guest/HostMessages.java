package dev.thaw.guest;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;

/** The frames with fields that only a host sends. */
final class HostMessages {
    private HostMessages() {}

    static ByteBuffer start(StartRequest request) {
        FrameEncoder frame = FrameEncoder.control(FrameType.START)
                .strings(request.arguments())
                .strings(request.environment())
                .string(request.workingDirectory())
                .string(request.user());
        return identity(frame, request.identity())
                .u64(nanos(request.wallClock()))
                .bytes(request.entropy().toByteArray())
                .i32(request.stopSignal())
                .i32(request.port())
                .i32(millis(request.readyTimeout()))
                .finish();
    }

    static ByteBuffer renew(RenewRequest request) {
        FrameEncoder frame = FrameEncoder.control(FrameType.RENEW)
                .u64(nanos(request.wallClock()))
                .bytes(request.entropy().toByteArray());
        return identity(frame, request.identity())
                .i32(millis(request.hookTimeout()))
                .u8(request.kind().code())
                .finish();
    }

    static ByteBuffer number(FrameType type, int value) {
        return FrameEncoder.small(type, 0, value);
    }

    /** @throws IllegalArgumentException when it is negative or longer than 24 days */
    static int millis(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 0 || millis > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("Not a time that a guest can wait: " + duration);
        }
        return (int) millis;
    }

    private static FrameEncoder identity(FrameEncoder frame, GuestIdentity identity) {
        return frame.string(identity.hostName()).string(identity.machineId()).string(identity.bootId());
    }

    private static long nanos(Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    }
}
