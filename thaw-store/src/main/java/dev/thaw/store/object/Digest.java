package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A SHA-256 digest: the name of a part, of an image or of a document. Written {@code sha256:<64 hex digits>}, as in
 * the OCI image specification.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) implements Comparable<Digest> {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final String PREFIX = "sha256:";

    public Digest {
        requireNonNull(hex, "hex is null");
        if (!HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("Not a SHA-256 digest in 64 lower-case hex digits: '" + hex + "'.");
        }
    }

    /** @throws IllegalArgumentException when {@code text} is not {@code sha256:} and 64 lower-case hex digits */
    public static Digest parse(String text) {
        if (!text.startsWith(PREFIX)) {
            throw new IllegalArgumentException("Not a digest: '" + text + "'. Write sha256: and 64 hex digits.");
        }
        return new Digest(text.substring(PREFIX.length()));
    }

    /** The digest of {@code bytes}. */
    public static Digest of(byte[] bytes) {
        return of(hasher(), bytes);
    }

    /** What {@code hasher} has been fed so far; the hasher starts again. */
    public static Digest of(MessageDigest hasher) {
        return new Digest(HexFormat.of().formatHex(hasher.digest()));
    }

    private static Digest of(MessageDigest hasher, byte[] bytes) {
        hasher.update(bytes);
        return of(hasher);
    }

    /** A fresh SHA-256. */
    public static MessageDigest hasher() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256, which its specification demands.", e);
        }
    }

    /** The first twelve digits, for logs and tables. */
    public String brief() {
        return hex.substring(0, 12);
    }

    @Override
    public int compareTo(Digest other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return PREFIX + hex;
    }
}
