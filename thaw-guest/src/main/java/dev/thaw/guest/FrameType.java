package dev.thaw.guest;

import org.jspecify.annotations.Nullable;

/** The frames of the agent protocol, with their numbers, who may send them, and whether they belong to a stream. */
enum FrameType {
    HELLO(1, Sender.GUEST),
    START(2, Sender.HOST),
    STARTED(3, Sender.GUEST),
    LISTENING(4, Sender.GUEST),
    LOG(5, Sender.GUEST),
    EXITED(6, Sender.GUEST),
    QUIESCE(7, Sender.HOST),
    QUIESCED(8, Sender.GUEST),
    RENEW(9, Sender.HOST),
    RENEWED(10, Sender.GUEST),
    SIGNAL(11, Sender.HOST),
    SHUTDOWN(12, Sender.HOST),
    FAILED(13, Sender.GUEST),
    LOG_WINDOW(14, Sender.HOST),
    LOG_DROPPED(15, Sender.GUEST),
    LIMIT(16, Sender.GUEST),
    OPEN(32, Sender.HOST),
    OPENED(33, Sender.GUEST),
    DATA(34, Sender.BOTH),
    WINDOW(35, Sender.BOTH),
    EOF(36, Sender.BOTH),
    RESET(37, Sender.BOTH);

    enum Sender {
        HOST,
        GUEST,
        BOTH
    }

    private static final int FIRST_OF_STREAMS = 32;
    private static final @Nullable FrameType[] BY_NUMBER = new FrameType[64];

    static {
        for (FrameType type : values()) {
            BY_NUMBER[type.number] = type;
        }
    }

    private final int number;
    private final Sender sender;

    FrameType(int number, Sender sender) {
        this.number = number;
        this.sender = sender;
    }

    byte number() {
        return (byte) number;
    }

    boolean ofStream() {
        return number >= FIRST_OF_STREAMS;
    }

    boolean mayComeFrom(Sender side) {
        return sender == Sender.BOTH || sender == side;
    }

    static @Nullable FrameType of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }
}
