package dev.thaw.store.key;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The data key of one epoch of a trust domain. What is done with it is done with keys derived from it by HKDF with
 * SHA-256 (RFC 5869), each for one purpose.
 */
public final class DataKey {
    /** Of the key itself, and of all that are derived from it. */
    public static final int BYTES = 32;

    private final int epoch;
    private final SecretKey pseudoRandom;

    /** @param bytes {@link #BYTES} random bytes; not kept */
    public DataKey(int epoch, byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("A data key has " + BYTES + " bytes, not " + bytes.length + ".");
        }
        this.epoch = epoch;
        this.pseudoRandom = new SecretKeySpec(bytes, "HKDF-PRK");
    }

    public int epoch() {
        return epoch;
    }

    /** A key for AES-256-GCM. */
    public SecretKey cipherKey(String purpose) {
        return derive("AES", purpose.getBytes(StandardCharsets.UTF_8));
    }

    /** A keyed hash, HMAC with SHA-256 (RFC 2104). The result belongs to one thread. */
    public Mac mac(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(derive("HmacSHA256", purpose.getBytes(StandardCharsets.UTF_8)));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no HMAC with SHA-256, which its specification demands.", e);
        }
    }

    private SecretKey derive(String algorithm, byte[] info) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(algorithm, HKDFParameterSpec.expandOnly(pseudoRandom, info, BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no HKDF with SHA-256, which its specification demands.", e);
        }
    }
}
