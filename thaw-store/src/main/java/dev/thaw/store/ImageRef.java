package dev.thaw.store;

import java.util.regex.Pattern;

/**
 * Where the block map of an image is.
 *
 * @param map its random name: 32 hex digits
 * @param bytes of its object
 */
record ImageRef(String map, long bytes) {
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}");
    private static final String MAPS = "maps";

    ImageRef {
        if (!NAME.matcher(map).matches() || bytes <= 0) {
            throw new IllegalArgumentException("Not a block map: '" + map + "' of " + bytes + " bytes.");
        }
    }

    static String prefix(Domain domain) {
        return domain.prefix(MAPS);
    }

    String key(Domain domain) {
        return prefix(domain) + map;
    }
}
