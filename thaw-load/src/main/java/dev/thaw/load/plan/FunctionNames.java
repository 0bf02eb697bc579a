package dev.thaw.load.plan;

import java.util.Locale;

/** Names that a platform accepts (lower case, digits, hyphens), that notebooks recognise by their prefix and a reader by the hash. */
final class FunctionNames {
    private static final String PREFIX = "trace-func";
    private static final int HASH_LENGTH = 18;

    private FunctionNames() {}

    static String of(int index, String hash) {
        String safe = hash.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        String shortened =
                safe.substring(0, Math.min(HASH_LENGTH, safe.length())).replaceAll("^-+|-+$", "");
        return PREFIX + "-" + index + (shortened.isEmpty() ? "" : "-" + shortened);
    }
}
