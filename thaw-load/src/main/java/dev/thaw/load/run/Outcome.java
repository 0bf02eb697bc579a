package dev.thaw.load.run;

import java.util.Locale;

/** What became of an invocation. */
public enum Outcome {
    /** Answered: a status from 200 to 299, or gRPC's OK. */
    OK,
    /** The function answered that it could not get the memory asked for. */
    MEMORY,
    /** Answered with another status. */
    STATUS,
    /** No connection, refused or not within its timeout. */
    CONNECT,
    /** No whole answer within the function's timeout. */
    TIMEOUT,
    /** The connection or the stream was closed before the whole answer was there. */
    CLOSED,
    /** What came back is not of the protocol. */
    GARBAGE,
    /** The run was interrupted before the answer. */
    INTERRUPTED;

    /** As in the results' file. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
