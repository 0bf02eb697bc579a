package dev.thaw.store;

/**
 * What was read of stored frames since the store was opened.
 *
 * @param requests to the origin
 * @param originBytes from there
 * @param cacheBytes of sealed frames that were near by
 * @param damagedInCache frames that did not open and were fetched again
 * @param damagedInStore likewise
 */
public record ReadStats(long requests, long originBytes, long cacheBytes, long damagedInCache, long damagedInStore) {}
