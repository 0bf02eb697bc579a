package dev.thaw.guest;

/**
 * Takes what a function and its agent write. Called from one thread of the connection, in order. A call that takes long holds up
 * the log alone: the guest may send no more than the log's window ahead, and drops what comes beyond it.
 */
public interface AgentLog {
    /** Where a piece of log came from. */
    enum Source {
        STANDARD_OUTPUT,
        STANDARD_ERROR,
        AGENT
    }

    /** A piece of output; it may end in the middle of a line or of a character. The array is the receiver's. */
    void append(Source source, byte[] bytes);

    /** The guest dropped so many bytes of output because they were not taken in time. */
    void dropped(long bytes);

    /** The function had too little of something. Of many that come faster than they are taken, the last of each kind counts. */
    default void ranShort(Shortage shortage) {}
}
