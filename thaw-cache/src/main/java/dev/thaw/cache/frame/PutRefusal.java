package dev.thaw.cache.frame;

/** Why a frame was not taken into the cache. */
public enum PutRefusal {
    /** No frame is that long, or empty. */
    LENGTH,
    /** What is held leaves no room within the bounds. */
    NO_ROOM,
    /** More waits to be written than may. */
    QUEUE_FULL,
    /** The disk is full, read-only or fails. */
    DISK,
    /** The cache has been closed. */
    CLOSED
}
