package dev.thaw.store.key;

import dev.thaw.store.object.StoreException;

/**
 * Wraps data keys, so that a store holds none in the clear. A cloud's key service fits behind this as well as a file
 * does. Safe for concurrent use.
 */
public interface KeyService {
    /**
     * A wrapped data key.
     *
     * @param wrappedBy the name of the wrapping key
     */
    record WrappedKey(String wrappedBy, byte[] bytes) {}

    /** The key that wraps from now on; a data key that another one wraps should be wrapped anew. */
    String currentKey();

    /**
     * @param context what the key is for; the same is needed to unwrap it
     * @throws StoreException UNAVAILABLE when the service does not answer
     */
    WrappedKey wrap(byte[] dataKey, String context) throws StoreException;

    /**
     * @throws StoreException DENIED when this service does not have the wrapping key; CORRUPT when the bytes are not
     *     what it wrapped for this context
     */
    byte[] unwrap(WrappedKey wrapped, String context) throws StoreException;
}
