package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;

/**
 * A trust domain as it is stored: a folder, and a data key for each epoch. What one domain stores, no other can read,
 * find or recognise.
 *
 * @param keys by epoch, from 1 on; the last is the one that is written with
 */
record Domain(String name, String folder, SortedMap<Integer, DataKey> keys) {
    private static final int FOLDER_BYTES = 16;

    Domain {
        requireNonNull(name, "name is null");
        requireNonNull(folder, "folder is null");
        keys = Collections.unmodifiableSortedMap(new TreeMap<>(keys));
    }

    static String folderOf(String name) {
        return new CanonicalForm("thaw.trust-domain.1")
                .text(name)
                .digest()
                .hex()
                .substring(0, 2 * FOLDER_BYTES);
    }

    /** What is written now is written with this one. */
    DataKey current() {
        return requireNonNull(keys.get(keys.lastKey()));
    }

    /** @throws StoreException CORRUPT when this domain has no such epoch */
    DataKey key(int epoch) throws StoreException {
        DataKey key = keys.get(epoch);
        if (key == null) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "Trust domain '" + name + "' has no data key of epoch " + epoch + ".");
        }
        return key;
    }

    /** {@code domains/<folder>/<kind>/}. */
    String prefix(String kind) {
        return "domains/" + folder + "/" + kind + "/";
    }

    /** A name that tells nothing to those outside, and does not change with the epoch. */
    String blind(Digest digest) {
        Mac mac = requireNonNull(keys.get(keys.firstKey())).mac("thaw name 1");
        return HexFormat.of().formatHex(mac.doFinal(digest.hex().getBytes(StandardCharsets.US_ASCII)));
    }
}
