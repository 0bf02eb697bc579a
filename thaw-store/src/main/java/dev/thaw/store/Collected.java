package dev.thaw.store;

/**
 * What a collection did, or would do.
 *
 * @param condemned objects that nothing refers to: nobody refers to them from now on, and a later collection deletes them
 * @param deleted objects that had been condemned long enough
 */
public record Collected(int condemned, long condemnedBytes, int deleted, long deletedBytes) {
    static Collected nothing() {
        return new Collected(0, 0, 0, 0);
    }

    Collected plus(Collected other) {
        return new Collected(
                condemned + other.condemned,
                condemnedBytes + other.condemnedBytes,
                deleted + other.deleted,
                deletedBytes + other.deletedBytes);
    }
}
