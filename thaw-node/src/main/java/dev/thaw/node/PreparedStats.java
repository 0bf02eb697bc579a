package dev.thaw.node;

/**
 * A worker's prepared VMMs.
 *
 * @param standing by now
 * @param bytes that these are counted with in the worker's memory
 * @param taken by a thaw, since the worker was opened
 * @param missed thaws that found none of a shape that is prepared for
 * @param lost that died while they stood by, or could not be used by the thaw that took them
 */
public record PreparedStats(int standing, long bytes, long taken, long missed, long lost) {}
