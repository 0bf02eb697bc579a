package dev.thaw.cli.bench;

import java.util.OptionalLong;

/**
 * What came behind a thaw up to its first answer, in blocks of 4 KiB.
 *
 * @param hotBlocks that were prefetched
 * @param missedBlocks that were needed and were not
 * @param touchedBlocks all that was needed, where that was recorded
 */
public record Behind(long hotBlocks, long missedBlocks, OptionalLong touchedBlocks) {}
