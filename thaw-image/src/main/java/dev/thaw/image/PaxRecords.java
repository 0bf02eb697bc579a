package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;

/**
 * The records of a pax extended header (POSIX.1-2017, pax, "Extended Header"): {@code length key=value\n}. Values are
 * kept as bytes, one per {@code char}, because extended attributes are not text.
 */
final class PaxRecords {
    record Value(String key, String value) {}

    private PaxRecords() {}

    /** In the archive's order, because sparse maps repeat their keys. */
    static List<Value> parse(byte[] header) throws ImageException {
        List<Value> records = new ArrayList<>();
        int at = 0;
        while (at < header.length) {
            int space = at;
            while (space < header.length && header[space] >= '0' && header[space] <= '9' && space - at < 9) {
                space++;
            }
            if (space == at || space == header.length || header[space] != ' ') {
                throw broken();
            }
            int end = at + Integer.parseInt(new String(header, at, space - at, ISO_8859_1));
            if (end > header.length || end <= space + 1 || header[end - 1] != '\n') {
                throw broken();
            }
            String record = new String(header, space + 1, end - space - 2, ISO_8859_1);
            int equals = record.indexOf('=');
            if (equals < 1) {
                throw broken();
            }
            records.add(new Value(record.substring(0, equals), record.substring(equals + 1)));
            at = end;
        }
        return records;
    }

    private static ImageException broken() {
        return ImageException.malformed("An archive has a pax header that breaks its format. Build the image anew.");
    }
}
