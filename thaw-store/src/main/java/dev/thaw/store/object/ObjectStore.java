package dev.thaw.store.object;

import java.util.function.Consumer;

/**
 * Bytes by key, as a directory or an S3 bucket keeps them.
 *
 * <ul>
 *   <li>An object appears whole or not at all; readers see the old or the new one, never a mixture.
 *   <li>What a {@link #put} that returned has written is seen by every later {@link #get}, {@link #head} and
 *       {@link #list}, of this process and of others.
 *   <li>Conditional writes are atomic among all processes that use the store: of several writers with one condition at
 *       most one succeeds, the others get {@code PRECONDITION_FAILED}.
 *   <li>Keys are {@code /}-separated segments of letters, digits, {@code . _ -}; see {@link ObjectKeys}. No key may be a
 *       folder of another key.
 * </ul>
 *
 * Every method throws {@link StoreException}: {@code INVALID} for a bad key or range, {@code UNAVAILABLE} when the
 * store cannot be reached, {@code DENIED} when it refuses, {@code NO_SPACE}, {@code CANCELLED}. Implementations are
 * safe for concurrent use.
 */
public interface ObjectStore extends AutoCloseable {
    /**
     * Writes one object.
     *
     * @return the new version
     * @throws StoreException {@code PRECONDITION_FAILED} when {@code condition} does not hold, or did not any more when a
     *     write whose answer was lost was repeated: then it may be this very write that is there; {@code CORRUPT} when
     *     {@code body} gives fewer or more bytes than it promised; whatever {@code body} itself throws. Nothing has
     *     been written then.
     */
    String put(String key, Body body, Condition condition, Cancellation cancellation) throws StoreException;

    /**
     * Opens an object, or a part of it, for reading once from front to end. The caller closes it.
     *
     * @throws StoreException {@code NOT_FOUND}; {@code INVALID} when the range is not wholly inside the object
     */
    ObjectReader get(String key, ByteRange range, Cancellation cancellation) throws StoreException;

    /** @throws StoreException {@code NOT_FOUND} */
    ObjectInfo head(String key, Cancellation cancellation) throws StoreException;

    /** Gives every object whose key starts with {@code prefix} (empty: all) to {@code each}, in the keys' order. */
    void list(String prefix, Consumer<ListedObject> each, Cancellation cancellation) throws StoreException;

    /** Removes an object; one that is not there is no error. */
    void delete(String key, Cancellation cancellation) throws StoreException;

    /** Where this is, for messages: the URL that {@link ObjectStores#open} was given, without secrets. */
    String location();

    /** Ends connections; calls that are under way fail with {@code UNAVAILABLE}. */
    @Override
    void close();
}
