package dev.thaw.guest;

import static dev.thaw.guest.FrameDecoder.violation;

import java.nio.ByteBuffer;
import java.time.Instant;

/** The control frames of a guest, decoded and checked one by one; whether one fits the conversation is the connection's business. */
sealed interface GuestMessage {
    int VERSION = 2;

    int LONGEST_PROCESS_NAME = 16;

    record Greeting(Hello hello) implements GuestMessage {}

    record Started(int pid) implements GuestMessage {}

    record Listening(int port) implements GuestMessage {}

    record Log(AgentLog.Source source, byte[] bytes) implements GuestMessage {}

    record Exited(FunctionExit exit) implements GuestMessage {}

    record Quiesced(String error) implements GuestMessage {}

    record RenewalDone(Renewed renewed, String error) implements GuestMessage {}

    record Failed(String why) implements GuestMessage {}

    record LogDropped(long bytes) implements GuestMessage {}

    record Limit(Shortage shortage) implements GuestMessage {}

    /** @throws AgentException with {@link AgentException.Code#PROTOCOL} when the payload is not what its type says */
    static GuestMessage decode(FrameType type, ByteBuffer bytes) throws AgentException {
        Payload payload = new Payload(type, bytes);
        GuestMessage message = switch (type) {
            case HELLO -> new Greeting(hello(payload));
            case STARTED -> new Started(payload.size());
            case LISTENING -> new Listening(payload.size());
            case LOG -> log(payload);
            case EXITED -> new Exited(exit(payload));
            case QUIESCED -> new Quiesced(payload.string());
            case RENEWED -> new RenewalDone(new Renewed(instant(payload.count())), payload.string());
            case FAILED -> new Failed(payload.string());
            case LOG_DROPPED -> new LogDropped(payload.count());
            case LIMIT -> new Limit(shortage(payload));
            default -> throw violation("a frame of type " + type);
        };
        payload.end();
        return message;
    }

    private static Hello hello(Payload payload) throws AgentException {
        Hello hello = new Hello(payload.i32(), payload.i32(), payload.string());
        if (hello.version() != VERSION) {
            throw violation("HELLO with protocol version " + hello.version() + "; this is version " + VERSION);
        }
        return hello;
    }

    private static Log log(Payload payload) throws AgentException {
        int source = payload.u8();
        AgentLog.Source[] sources = AgentLog.Source.values();
        if (source < 1 || source > sources.length) {
            throw violation("LOG from source " + source);
        }
        return new Log(sources[source - 1], payload.rest());
    }

    private static FunctionExit exit(Payload payload) throws AgentException {
        int kind = payload.u8();
        int code = payload.i32();
        int cause = payload.u8();
        FunctionExit.Cause[] causes = FunctionExit.Cause.values();
        if (kind > 1 || cause >= causes.length || code < 0 || code > 255) {
            throw violation("EXITED with kind " + kind + ", code " + code + ", cause " + cause);
        }
        return new FunctionExit(kind == 1, code, causes[cause]);
    }

    private static Shortage shortage(Payload payload) throws AgentException {
        int kind = payload.u8();
        long size = payload.count();
        long written = payload.count();
        String process = payload.string();
        Shortage.Kind[] kinds = Shortage.Kind.values();
        if (kind < 1 || kind > kinds.length) {
            throw violation("LIMIT of kind " + kind);
        }
        // It goes into logs and answers as it is.
        if (process.length() > LONGEST_PROCESS_NAME || !process.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw violation("LIMIT with a process name that is too long or not printable");
        }
        return new Shortage(kinds[kind - 1], size, written, process);
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(nanos / 1_000_000_000L, nanos % 1_000_000_000L);
    }
}
