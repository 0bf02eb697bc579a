package dev.thaw.store.key;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Wrapping keys of this node's own, from a file or the environment: AES-256-GCM with a random nonce.
 *
 * <p>As a text, one key a line: {@code NAME:BASE64}, the base64 of 32 random bytes. The first line wraps, the others
 * only unwrap: to rotate, put a new line on top, rewrap, and take the old line away. Empty lines and lines that begin
 * with {@code #} are comments.
 */
public final class WrappingKeys implements KeyService {
    /** The environment variable that may hold the keys themselves. */
    public static final String VARIABLE = "THAW_WRAPPING_KEYS";

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int MAX_TEXT_BYTES = 64 << 10;
    private static final Pattern LINE = Pattern.compile("([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/=]{40,64})");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Map<String, SecretKeySpec> keys;
    private final String current;

    private WrappingKeys(Map<String, SecretKeySpec> keys) {
        this.keys = keys;
        this.current = keys.keySet().iterator().next();
    }

    /**
     * @param text lines as above
     * @param where it comes from, for messages, which never hold a key
     * @throws StoreException INVALID, with the number of the wrong line
     */
    public static WrappingKeys parse(String text, String where) throws StoreException {
        Map<String, SecretKeySpec> keys = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.lines().map(String::strip).toList()) {
            number++;
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            byte[] key = matcher.matches() ? decode(matcher.group(2)) : new byte[0];
            if (key.length != KEY_BYTES) {
                throw invalid(where + ", line " + number + ": a key is NAME:BASE64 of " + KEY_BYTES
                        + " random bytes. `thaw store keys generate NAME` prints one.");
            }
            if (keys.put(matcher.group(1), new SecretKeySpec(key, "AES")) != null) {
                throw invalid(
                        where + ", line " + number + ": there are two keys of the name " + matcher.group(1) + ".");
            }
        }
        if (keys.isEmpty()) {
            throw invalid(where + " holds no key. `thaw store keys generate NAME` prints one.");
        }
        return new WrappingKeys(keys);
    }

    /** @throws StoreException INVALID; DENIED when it cannot be read, or anybody but its owner can */
    public static WrappingKeys read(Path file) throws StoreException {
        try {
            if (Files.size(file) > MAX_TEXT_BYTES) {
                throw invalid(file + " is larger than a file of keys can be.");
            }
            Set<?> permissions = Files.getPosixFilePermissions(file);
            if (!PosixFilePermissions.fromString("rw-------").containsAll(permissions)) {
                throw new StoreException(
                        StoreException.Code.DENIED,
                        file + " holds keys and can be read by others. Say: chmod 600 " + file);
            }
            return parse(Files.readString(file), file.toString());
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(StoreException.Code.DENIED, "The keys in " + file + " cannot be read: " + e, e);
        }
    }

    /** The keys that the environment holds, else those of a file, which is made where there is none. */
    public static WrappingKeys find(Path file) throws StoreException {
        String text = System.getenv(VARIABLE);
        return text == null || text.isBlank() ? readOrCreate(file) : parse(text, VARIABLE);
    }

    /** Reads a file of keys, which is made with one new key where there is none. */
    public static WrappingKeys readOrCreate(Path file) throws StoreException {
        if (Files.notExists(file)) {
            create(file);
        }
        return read(file);
    }

    private static void create(Path file) throws StoreException {
        try {
            Files.createDirectories(requireNonNull(file.toAbsolutePath().getParent()));
            Path fresh = Files.createTempFile(
                    requireNonNull(file.toAbsolutePath().getParent()),
                    ".keys",
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                Files.writeString(
                        fresh,
                        "# Without these keys nothing in the store can be read.\n" + generate("first") + "\n",
                        StandardOpenOption.SYNC);
                Files.createLink(file, fresh); // fails where another process was faster: its key counts
            } finally {
                Files.delete(fresh);
            }
        } catch (FileAlreadyExistsException e) {
            return; // made meanwhile, and read next
        } catch (IOException e) {
            throw new StoreException(StoreException.Code.DENIED, "The keys in " + file + " cannot be made: " + e, e);
        }
    }

    /** A new line for a file of keys. */
    public static String generate(String name) {
        byte[] key = new byte[KEY_BYTES];
        RANDOM.nextBytes(key);
        String line = name + ":" + Base64.getEncoder().encodeToString(key);
        if (!LINE.matcher(line).matches()) {
            throw new IllegalArgumentException(
                    "Not a name for a key: '" + name + "'. Use up to 64 letters, digits, '.', '_' and '-'.");
        }
        return line;
    }

    @Override
    public String currentKey() {
        return current;
    }

    @Override
    public WrappedKey wrap(byte[] dataKey, String context) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        byte[] wrapped = new byte[NONCE_BYTES + dataKey.length + TAG_BITS / Byte.SIZE];
        System.arraycopy(nonce, 0, wrapped, 0, NONCE_BYTES);
        try {
            cipher(Cipher.ENCRYPT_MODE, requireNonNull(keys.get(current)), nonce, context)
                    .doFinal(dataKey, 0, dataKey.length, wrapped, NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("A data key cannot be wrapped.", e);
        }
        return new WrappedKey(current, wrapped);
    }

    @Override
    public byte[] unwrap(WrappedKey wrapped, String context) throws StoreException {
        SecretKeySpec key = keys.get(wrapped.wrappedBy());
        if (key == null) {
            throw new StoreException(
                    StoreException.Code.DENIED,
                    "The data key of " + context + " is wrapped by the key '" + wrapped.wrappedBy()
                            + "', which this node does not have. Give it the keys of the nodes that wrote the store.");
        }
        try {
            byte[] nonce = java.util.Arrays.copyOf(wrapped.bytes(), NONCE_BYTES);
            return cipher(Cipher.DECRYPT_MODE, key, nonce, context)
                    .doFinal(wrapped.bytes(), NONCE_BYTES, Math.max(0, wrapped.bytes().length - NONCE_BYTES));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "The data key of " + context + " is not what the key '" + wrapped.wrappedBy() + "' wrapped.",
                    e);
        }
    }

    private static Cipher cipher(int mode, SecretKeySpec key, byte[] nonce, String context)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            return new byte[0]; // refused for its length
        }
    }

    private static StoreException invalid(String message) {
        return new StoreException(StoreException.Code.INVALID, message);
    }
}
