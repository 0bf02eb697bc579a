package dev.thaw.guest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of what a guest boots. */
final class Sha256 {
    private final MessageDigest digest;

    Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    static String of(Path file) throws IOException {
        return new Sha256().add(file).hex();
    }

    Sha256 add(Path file) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try (InputStream input = Files.newInputStream(file)) {
            for (int count; (count = input.read(buffer)) >= 0; ) {
                digest.update(buffer, 0, count);
            }
        }
        return this;
    }

    /** Adds a text so that no two sequences of texts and byte arrays look alike. */
    Sha256 add(String text) {
        return add(text.getBytes(StandardCharsets.UTF_8));
    }

    Sha256 add(byte[] bytes) {
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
        return this;
    }

    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
