package dev.thaw.cache;

/** Why a snapshot left the cache. */
public enum EvictionReason {
    /** Another snapshot needed the room. */
    SPACE,
    /** The last lease was closed and the bound for what is kept had no room for it. */
    BOUND,
    /** Somebody asked for it. */
    DROPPED,
    /** A part of it had changed on disk. */
    CORRUPT
}
