package dev.thaw.store.object;

import java.util.regex.Pattern;

/** Which keys there can be. Narrow enough for a file system, an S3 bucket and a URL alike, without any escaping. */
final class ObjectKeys {
    /** S3's own limit is 1024 bytes; a Linux path has 4096. */
    private static final int MAX_LENGTH = 512;

    /** A segment never starts with a dot: that keeps "..", and the file store's own folders, out. */
    private static final Pattern KEY =
            Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127})*");

    private ObjectKeys() {}

    static String check(String key) throws StoreException {
        if (key.length() > MAX_LENGTH || !KEY.matcher(key).matches()) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    "Not an object key: '" + key
                            + "'. Keys are segments of letters, digits, '.', '_' and '-' that do not"
                            + " start with '.', separated by '/'.");
        }
        return key;
    }

    /** A prefix is empty, or a key with or without a '/' at its end. */
    static String checkPrefix(String prefix) throws StoreException {
        if (!prefix.isEmpty()) {
            check(prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix);
        }
        return prefix;
    }
}
