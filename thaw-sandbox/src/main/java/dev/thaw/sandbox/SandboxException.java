package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A sandbox could not be started, frozen or reached. The code says how, so that failures can be counted by kind. */
public final class SandboxException extends IOException {
    private static final long serialVersionUID = 1;

    /** What went wrong. */
    public enum Code {
        /** The host lacks something: a program, a file, a permission. */
        HOST,
        /** The VMM ended or closed its control socket. */
        VMM_DIED,
        /** The VMM did not answer within its time. */
        VMM_HUNG,
        /** The VMM refused a command, or its answer cannot be read. */
        VMM_REFUSED,
        /** The guest's agent failed, or broke the protocol. */
        AGENT,
        /** The guest did not answer within its time. */
        GUEST_HUNG,
        /** The function ended before it accepted connections, or does not accept them. */
        FUNCTION,
        /** The guest ran out of memory before the function accepted connections. */
        OUT_OF_MEMORY,
        /** What the function may write to was full before it accepted connections. */
        OUT_OF_DISK,
        /** A hook before the freeze or after the thaw failed. */
        HOOK,
        /** The device state that was to be thawed cannot be had; the cause says why. */
        STATE
    }

    private final Code code;

    public SandboxException(Code code, String message) {
        this(code, message, null);
    }

    public SandboxException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = requireNonNull(code, "code is null");
    }

    public Code code() {
        return code;
    }
}
