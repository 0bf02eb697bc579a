package dev.thaw.sandbox;

import java.nio.file.Path;
import java.util.BitSet;

/**
 * Hands out a user of its own to each VMM, so that one that its guest has taken over can reach neither the host's files nor its siblings. The
 * numbers lie between 300,000 and 499,999, which Linux distributions leave free; each data folder has a stretch of its own in it.
 */
final class VmmUsers {
    private static final int FIRST = 300_000;
    private static final int STRETCH = 4_000;
    private static final int STRETCHES = 50;

    private final int base;
    private final boolean root;

    /** Guarded by this. */
    private final BitSet used = new BitSet(STRETCH);

    VmmUsers(Path dataDirectory, boolean root) {
        base = FIRST + STRETCH * Math.floorMod(dataDirectory.toAbsolutePath().hashCode(), STRETCHES);
        this.root = root;
    }

    synchronized VmmUser take() {
        int slot = used.nextClearBit(0);
        if (slot >= STRETCH) {
            throw new IllegalStateException("More than " + STRETCH + " VMMs at once on one worker.");
        }
        used.set(slot);
        return new VmmUser(base + slot, root);
    }

    /** Takes the user that a VMM of an earlier daemon runs as. */
    synchronized VmmUser take(int uid) {
        int slot = uid - base;
        if (slot < 0 || slot >= STRETCH) {
            throw new IllegalArgumentException("User " + uid + " is not one of this data folder's.");
        }
        used.set(slot);
        return new VmmUser(uid, root);
    }

    synchronized void giveBack(VmmUser user) {
        used.clear(user.uid() - base);
    }
}
