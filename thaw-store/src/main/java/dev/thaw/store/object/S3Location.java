package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * Where in S3 a store lives: {@code s3://BUCKET} or {@code s3://BUCKET/PREFIX}.
 *
 * @param prefix before every key; empty, or ending in a slash
 */
record S3Location(String bucket, String prefix) {
    private static final String SCHEME = "s3://";

    /** S3's rule for bucket names, without its rarer exceptions. */
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

    S3Location {
        requireNonNull(bucket, "bucket is null");
        requireNonNull(prefix, "prefix is null");
    }

    static S3Location parse(String url) throws StoreException {
        String rest = url.startsWith(SCHEME) ? url.substring(SCHEME.length()) : "";
        int slash = rest.indexOf('/');
        String bucket = slash < 0 ? rest : rest.substring(0, slash);
        if (!BUCKET.matcher(bucket).matches()) {
            throw wrong(
                    url,
                    "Write s3://BUCKET or s3://BUCKET/PREFIX; a bucket has 3 to 63 lower-case letters, digits,"
                            + " '.' and '-'.");
        }
        String prefix = slash < 0 ? "" : rest.substring(slash + 1);
        if (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        if (prefix.isEmpty()) {
            return new S3Location(bucket, "");
        }
        try {
            return new S3Location(bucket, ObjectKeys.check(prefix) + "/");
        } catch (StoreException e) {
            throw wrong(url, e.getMessage());
        }
    }

    private static StoreException wrong(String url, String help) {
        return new StoreException(StoreException.Code.INVALID, "Not a store: '" + url + "'. " + help);
    }

    /** The key as S3 has it. */
    String full(String key) throws StoreException {
        return prefix + ObjectKeys.check(key);
    }

    /** The key as we have it. */
    String local(String fullKey) {
        return fullKey.substring(prefix.length());
    }

    @Override
    public String toString() {
        return prefix.isEmpty() ? SCHEME + bucket : SCHEME + bucket + "/" + prefix.substring(0, prefix.length() - 1);
    }
}
