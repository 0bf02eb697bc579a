package dev.thaw.cache;

/** Why something left a cache: a snapshot with its parts, or a frame. */
public enum EvictionReason {
    /** Another one needed the room. */
    SPACE,
    /** The last hold was closed and the bound for what is kept had no room for it. */
    BOUND,
    /** Somebody asked for it. */
    DROPPED,
    /** It, or a part of it, had changed on disk. */
    CORRUPT
}
