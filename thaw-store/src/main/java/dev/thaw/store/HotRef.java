package dev.thaw.store;

import java.util.regex.Pattern;

/**
 * Where the hot companion of a snapshot is: what a thaw touches first, replaceable without touching the snapshot.
 *
 * @param name its random name: 32 hex digits
 * @param bytes of its object
 * @param mapBytes of the sealed hot map that the object begins with
 */
record HotRef(String name, long bytes, int mapBytes) {
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}");
    private static final String HOT = "hot";

    HotRef {
        if (!NAME.matcher(name).matches() || mapBytes <= 0 || bytes < mapBytes) {
            throw new IllegalArgumentException(
                    "Not a hot companion: '" + name + "' of " + bytes + " bytes with a map of " + mapBytes + ".");
        }
    }

    static String prefix(Domain domain) {
        return domain.prefix(HOT);
    }

    String key(Domain domain) {
        return prefix(domain) + name;
    }
}
