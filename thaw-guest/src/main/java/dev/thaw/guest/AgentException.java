package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** A failure of a guest, of its agent, or of the connection to it. The code says which, so that failures can be counted by kind. */
public final class AgentException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What went wrong, from the caller's side. */
    public enum Code {
        /** What was waited for did not come in time. The connection itself is as it was. */
        TIMEOUT,
        /** The connection is closed: by this side, or because the machine's end went away. */
        CLOSED,
        /** The guest broke the protocol. The connection is closed. */
        PROTOCOL,
        /** The guest takes nothing from its port any more although it should. The connection is closed. */
        STALLED,
        /** The agent gave up and said why. */
        GUEST_FAILED,
        /** A hook of the function failed or was late. */
        HOOK_FAILED,
        /** The function ended. */
        FUNCTION_EXITED,
        /** The function does not accept connections. */
        STREAM_REFUSED,
        /** The function or the agent broke the stream off. */
        STREAM_RESET,
        /** As many streams as the protocol allows are open. */
        TOO_MANY_STREAMS,
        /** The call does not fit the connection's state. */
        WRONG_STATE
    }

    private final Code code;

    public AgentException(Code code, String message) {
        super(message);
        this.code = requireNonNull(code, "code is null");
    }

    public AgentException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = requireNonNull(code, "code is null");
    }

    public Code code() {
        return code;
    }

    /** The same failure with the stack of the thread that meets it now. */
    AgentException again() {
        return new AgentException(code, String.valueOf(getMessage()), this);
    }
}
