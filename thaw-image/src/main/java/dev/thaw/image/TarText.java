package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Between the byte-exact names of archives and text for people. */
final class TarText {
    private static final int SHOWN = 200;

    private TarText() {}

    /** A name as a message shows it: decoded, without control characters, shortened. */
    static String readable(String name) {
        String text = new String(name.getBytes(ISO_8859_1), UTF_8).replaceAll("\\p{Cntrl}", "?");
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    /** A name as its bytes, one per {@code char}. */
    static String bytesOf(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }
}
