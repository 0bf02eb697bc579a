package dev.thaw.store.chunk;

import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * A document that only its trust domain can read, and only under the name that it was written for: AES-256-GCM with a
 * random nonce, the object's name as associated data. A little random padding keeps lengths from telling contents.
 *
 * <pre>
 * magic   "thawsd1\n"
 * epoch   4 bytes
 * nonce   12 bytes
 * sealed  length of the document in 4 bytes, the document, zeros; then the tag of 16 bytes
 * </pre>
 */
public final class SealedDocument {
    private static final long MAGIC = 0x74686177_7364310aL; // "thawsd1\n"
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int HEADER_BYTES = Long.BYTES + Integer.BYTES + NONCE_BYTES;

    /** At least so many values has the padding's length; for long documents more. */
    private static final int MIN_PADDING = 128;

    private static final int PADDING_SHIFT = 5;

    /** What sealing adds at most to a document of this length. */
    public static int overhead(int length) {
        return HEADER_BYTES + Integer.BYTES + TAG_BYTES + Math.max(MIN_PADDING, length >> PADDING_SHIFT);
    }

    private static final SecureRandom RANDOM = new SecureRandom();

    private SealedDocument() {}

    /** @param name of the object that it is written to */
    public static byte[] seal(DataKey key, String name, byte[] document) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        int padding = RANDOM.nextInt(Math.max(MIN_PADDING, document.length >> PADDING_SHIFT));
        byte[] plain = ByteBuffer.allocate(Integer.BYTES + document.length + padding)
                .putInt(document.length)
                .put(document)
                .array();
        byte[] sealed = ByteBuffer.allocate(HEADER_BYTES + plain.length + TAG_BYTES)
                .putLong(MAGIC)
                .putInt(key.epoch())
                .put(nonce)
                .array();
        try {
            cipher(Cipher.ENCRYPT_MODE, key, sealed, name).doFinal(plain, 0, plain.length, sealed, HEADER_BYTES);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("A document cannot be sealed.", e);
        }
    }

    /** Which epoch's key it is sealed with. */
    public static int epoch(String name, byte[] sealed) throws StoreException {
        if (sealed.length < HEADER_BYTES + Integer.BYTES + TAG_BYTES
                || ByteBuffer.wrap(sealed).getLong() != MAGIC) {
            throw corrupt(name, "is not a sealed document");
        }
        return ByteBuffer.wrap(sealed).getInt(Long.BYTES);
    }

    /** @throws StoreException CORRUPT when it is not what was sealed under this name */
    public static byte[] open(DataKey key, String name, byte[] sealed) throws StoreException {
        if (epoch(name, sealed) != key.epoch()) {
            throw corrupt(name, "is sealed with the key of another epoch");
        }
        byte[] plain;
        try {
            plain = cipher(Cipher.DECRYPT_MODE, key, sealed, name)
                    .doFinal(sealed, HEADER_BYTES, sealed.length - HEADER_BYTES);
        } catch (GeneralSecurityException e) {
            throw corrupt(name, "is not what was sealed under this name");
        }
        int length = ByteBuffer.wrap(plain).getInt();
        if (length < 0 || length > plain.length - Integer.BYTES) {
            throw corrupt(name, "is longer than itself");
        }
        return Arrays.copyOfRange(plain, Integer.BYTES, Integer.BYTES + length);
    }

    private static Cipher cipher(int mode, DataKey key, byte[] header, String name) throws GeneralSecurityException {
        SecretKey secret = key.cipherKey("thaw document 1");
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                mode,
                secret,
                new GCMParameterSpec(TAG_BYTES * Byte.SIZE, header, HEADER_BYTES - NONCE_BYTES, NONCE_BYTES));
        cipher.updateAAD(header, 0, HEADER_BYTES);
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static StoreException corrupt(String name, String what) {
        return new StoreException(StoreException.Code.CORRUPT, name + " " + what + ".");
    }
}
