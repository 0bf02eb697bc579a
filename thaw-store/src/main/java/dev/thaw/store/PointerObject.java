package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The beginning of a pointer's object: the sealed {@link Pointer}. Behind it may be its head, the first bytes of the hot
 * companion that it names, so that who reads the pointer can begin to thaw before the companion answers.
 *
 * <pre>
 * magic   "thawpt1\n"
 * length  of the sealed document, 4 bytes
 * sealed  document
 * head    what is left: the companion's first bytes, sealed as they are there
 * </pre>
 *
 * A pointer without a head is its sealed document alone.
 *
 * @param headBytes that follow
 */
record PointerObject(byte[] sealed, int headBytes) {
    /** All of most companions. More of one is sooner read from itself, in several streams. */
    static final int MAX_HEAD_BYTES = 4 << 20;

    private static final long MAGIC = 0x74686177_7074310aL; // "thawpt1\n"
    private static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;
    private static final int MAX_SEALED_BYTES = Pointer.MAX_BYTES + SealedDocument.overhead(Pointer.MAX_BYTES);

    /** Before the head, of every object. */
    static final int MAX_DOCUMENT_BYTES = HEADER_BYTES + MAX_SEALED_BYTES;

    PointerObject {
        requireNonNull(sealed, "sealed is null");
    }

    /** As much of a companion as belongs into its pointer. */
    static byte[] headOf(byte[] companion) {
        return Arrays.copyOf(companion, Math.min(companion.length, MAX_HEAD_BYTES));
    }

    /** @param head of at most {@link #MAX_HEAD_BYTES}; none is no head */
    static byte[] encode(byte[] sealed, byte[] head) {
        if (head.length > MAX_HEAD_BYTES) {
            throw new IllegalArgumentException("A head of " + head.length + " bytes is too long.");
        }
        if (head.length == 0) {
            return sealed;
        }
        return ByteBuffer.allocate(HEADER_BYTES + sealed.length + head.length)
                .putLong(MAGIC)
                .putInt(sealed.length)
                .put(sealed)
                .put(head)
                .array();
    }

    /**
     * Reads up to where the head begins.
     *
     * @param object of which at least the first {@link #MAX_DOCUMENT_BYTES} are read
     * @throws StoreException CORRUPT when the document is not within the object, or something is too long
     */
    static PointerObject read(ObjectReader object) throws StoreException {
        int all = (int) Math.min(object.info().sizeBytes(), Integer.MAX_VALUE);
        byte[] header = new byte[Math.min(HEADER_BYTES, all)];
        fill(object, header, 0);
        if (header.length < HEADER_BYTES || ByteBuffer.wrap(header).getLong() != MAGIC) {
            return new PointerObject(sealed(object, all, header), 0);
        }
        int length = ByteBuffer.wrap(header).getInt(Long.BYTES);
        int left = all - HEADER_BYTES;
        if (length < 0 || length > left || left - length > MAX_HEAD_BYTES) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    object.info().key() + " has " + all + " bytes, in which a document of " + length
                            + " and a head cannot be.");
        }
        return new PointerObject(sealed(object, length, new byte[0]), left - length);
    }

    /** @param begun its first bytes, that have been read */
    private static byte[] sealed(ObjectReader object, int length, byte[] begun) throws StoreException {
        if (length > MAX_SEALED_BYTES) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    object.info().key() + " has a document of " + length + " bytes where at most " + MAX_SEALED_BYTES
                            + " belong.");
        }
        byte[] sealed = Arrays.copyOf(begun, length);
        fill(object, sealed, begun.length);
        return sealed;
    }

    private static void fill(ObjectReader object, byte[] target, int from) throws StoreException {
        ByteBuffer rest = ByteBuffer.wrap(target, from, target.length - from);
        while (rest.hasRemaining() && object.read(rest) >= 0) {
            // read() makes progress or throws
        }
    }
}
