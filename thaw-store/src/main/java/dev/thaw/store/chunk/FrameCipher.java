package dev.thaw.store.chunk;

import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Compresses and seals frames, and opens them again: what opens is what was sealed, for that pack, number and
 * identity. Belongs to one thread.
 *
 * <p>AES-256-GCM (NIST SP 800-38D). Every pack has a key of its own, derived from its random name, and the nonce is the
 * frame's number: no key meets a nonce twice, for a pack is written once.
 */
public final class FrameCipher implements AutoCloseable {
    /** What sealing adds: the codec's mark and the tag. */
    public static final int OVERHEAD_BYTES = 1 + 16;

    public static final int MAX_SEALED_BYTES = Blocks.MAX_PER_FRAME * Blocks.BYTES + OVERHEAD_BYTES;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int KEPT_KEYS = 256;
    private static final int LEVEL = 1;

    /** Compressing must save at least this part, or it is not worth the decompression. */
    private static final int WORTHWHILE_SHIFT = 5;

    private final Codec zstd = new ZstdCodec(LEVEL);
    private final Codec plain = new PlainCodec();
    private final Cipher cipher;
    private final byte[] scratch = new byte[MAX_SEALED_BYTES];

    /** By the data key too: a pack that somebody copied into another domain's folder does not open there. */
    private final Map<PackKey, SecretKey> keys = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PackKey, SecretKey> eldest) {
            return size() > KEPT_KEYS;
        }
    };

    private record PackKey(DataKey key, PackId pack) {}

    public FrameCipher() {
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no AES-GCM, which its specification demands.", e);
        }
    }

    /**
     * Seals a frame into {@code target} from {@code offset} on, which must have room for {@link #OVERHEAD_BYTES} more
     * than the plain bytes.
     *
     * @return how many bytes it became
     */
    public int seal(
            DataKey key,
            PackId pack,
            int number,
            BlockId identity,
            byte[] bytes,
            int length,
            byte[] target,
            int offset) {
        int worthwhile = length - (length >> WORTHWHILE_SHIFT);
        int count = zstd.compress(bytes, 0, length, scratch, 1, worthwhile);
        scratch[0] = zstd.mark();
        if (count < 0) {
            count = plain.compress(bytes, 0, length, scratch, 1, length);
            scratch[0] = plain.mark();
        }
        return crypt(Cipher.ENCRYPT_MODE, key, pack, number, identity, scratch, 0, 1 + count, target, offset);
    }

    private int crypt(
            int mode,
            DataKey key,
            PackId pack,
            int number,
            BlockId identity,
            byte[] source,
            int offset,
            int length,
            byte[] target,
            int targetOffset) {
        try {
            return tryCrypt(mode, key, pack, number, identity, source, offset, length, target, targetOffset);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("A frame cannot be sealed.", e);
        }
    }

    private int tryCrypt(
            int mode,
            DataKey key,
            PackId pack,
            int number,
            BlockId identity,
            byte[] source,
            int offset,
            int length,
            byte[] target,
            int targetOffset)
            throws GeneralSecurityException {
        byte[] nonce = new byte[NONCE_BYTES];
        ByteBuffer.wrap(nonce).putInt(NONCE_BYTES - Integer.BYTES, number);
        SecretKey packKey = keys.computeIfAbsent(new PackKey(key, pack), _ -> key.cipherKey("thaw pack 1 " + pack));
        cipher.init(mode, packKey, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(associated(pack, number, identity));
        return cipher.doFinal(source, offset, length, target, targetOffset);
    }

    private static byte[] associated(PackId pack, int number, BlockId identity) {
        byte[] label = "thaw frame 1".getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(label.length + 2 * Integer.BYTES + 4 * Long.BYTES)
                .put(label)
                .putInt(pack.epoch())
                .putLong(pack.high())
                .putLong(pack.low())
                .putInt(number)
                .putLong(identity.high())
                .putLong(identity.low())
                .array();
    }

    /**
     * Opens a frame into {@code target}, which gets {@code frame.plainBytes()} bytes.
     *
     * @throws StoreException CORRUPT when these are not the bytes that were sealed as this frame
     */
    public void open(DataKey key, FrameRef frame, byte[] sealed, int offset, byte[] target) throws StoreException {
        int length = decrypt(key, frame.pack(), frame.number(), frame.identity(), sealed, offset, frame.length());
        if (length < 1) {
            throw corrupt(frame.pack(), frame.number(), "is empty");
        }
        codec(scratch[0], frame).decompress(scratch, 1, length - 1, target, frame.plainBytes());
    }

    private Codec codec(byte mark, FrameRef frame) throws StoreException {
        return switch (mark) {
            case ZstdCodec.MARK -> zstd;
            case PlainCodec.MARK -> plain;
            default ->
                throw new StoreException(
                        StoreException.Code.UNSUPPORTED,
                        "Frame " + frame.number() + " of pack " + frame.pack() + " is compressed in a way (" + mark
                                + ") that this version does not know.");
        };
    }

    /** Leaves what it opens to in {@link #scratch}. */
    private int decrypt(DataKey key, PackId pack, int number, BlockId identity, byte[] sealed, int offset, int length)
            throws StoreException {
        try {
            return tryCrypt(Cipher.DECRYPT_MODE, key, pack, number, identity, sealed, offset, length, scratch, 0);
        } catch (AEADBadTagException e) {
            throw corrupt(pack, number, "is not what was sealed");
        } catch (GeneralSecurityException e) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "Frame " + number + " of pack " + pack + " cannot be opened: " + e, e);
        }
    }

    private static StoreException corrupt(PackId pack, int number, String what) {
        return new StoreException(
                StoreException.Code.CORRUPT, "Frame " + number + " of pack " + pack + " " + what + ".");
    }

    @Override
    public void close() {
        zstd.close();
        plain.close();
    }
}
