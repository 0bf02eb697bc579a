package dev.thaw.store;

import dev.thaw.store.object.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;

/** Hashes a list of values so that no two lists look alike: every text goes with its length, every list with its count. */
final class CanonicalForm {
    private final MessageDigest hasher = Digest.hasher();

    /** @param label what is hashed, with the version of its field list */
    CanonicalForm(String label) {
        text(label);
    }

    CanonicalForm number(long value) {
        hasher.update(ByteBuffer.allocate(Long.BYTES).putLong(value).flip());
        return this;
    }

    CanonicalForm text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        hasher.update(bytes);
        return this;
    }

    CanonicalForm texts(Collection<String> values) {
        number(values.size());
        values.forEach(this::text);
        return this;
    }

    /** Ends the list; this object is spent. */
    Digest digest() {
        return Digest.of(hasher);
    }
}
