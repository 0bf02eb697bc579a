package dev.thaw.guest;

/**
 * How a function ended.
 *
 * @param signalled whether a signal ended it; then {@code code} is the signal's number, else the exit code
 * @param code 0 to 255
 * @param outOfMemory whether the guest's kernel killed it because memory ran out
 */
public record FunctionExit(boolean signalled, int code, boolean outOfMemory) {
    /** As a person would say it. */
    @Override
    public String toString() {
        String how = signalled ? "was ended by signal " + code : "exited with code " + code;
        return outOfMemory ? how + " because the guest ran out of memory" : how;
    }
}
