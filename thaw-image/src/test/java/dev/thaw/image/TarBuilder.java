package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** Archives for tests, down to the bytes of a header, so that wrong ones can be made as well. */
final class TarBuilder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Map<String, byte[]> pax = new LinkedHashMap<>();
    private int mode = 0644;
    private long uid;
    private long gid;
    private long mtime = 1_600_000_000;

    TarBuilder mode(int value) {
        mode = value;
        return this;
    }

    TarBuilder owner(long user, long group) {
        uid = user;
        gid = group;
        return this;
    }

    TarBuilder mtime(long seconds) {
        mtime = seconds;
        return this;
    }

    /** A record of the next entry's pax header. */
    TarBuilder pax(String key, byte[] value) {
        pax.put(key, value);
        return this;
    }

    TarBuilder pax(String key, String value) {
        return pax(key, value.getBytes(UTF_8));
    }

    TarBuilder xattr(String name, byte[] value) {
        return pax("SCHILY.xattr." + name, value);
    }

    TarBuilder file(String name, String content) {
        return file(name, content.getBytes(UTF_8));
    }

    TarBuilder file(String name, byte[] content) {
        return entry('0', name, "", content.length, content);
    }

    TarBuilder directory(String name) {
        int before = mode;
        mode = mode == 0644 ? 0755 : mode;
        entry('5', name.endsWith("/") ? name : name + "/", "", 0, new byte[0]);
        mode = before;
        return this;
    }

    TarBuilder symlink(String name, String target) {
        return entry('2', name, target, 0, new byte[0]);
    }

    TarBuilder hardLink(String name, String target) {
        return entry('1', name, target, 0, new byte[0]);
    }

    TarBuilder device(char type, String name, int major, int minor) {
        writePax(name, "");
        return raw(header(type, name, "", 0, major, minor));
    }

    /** An entry whose stated size may be another than its content's. */
    TarBuilder entry(char type, String name, String link, long size, byte[] content) {
        writePax(name, link);
        raw(header(type, name, link, size, 0, 0));
        return padded(content);
    }

    private void writePax(String name, String link) {
        if (name.getBytes(UTF_8).length > 100) {
            pax("path", name);
        }
        if (link.getBytes(UTF_8).length > 100) {
            pax("linkpath", link);
        }
        if (!pax.isEmpty()) {
            ByteArrayOutputStream records = new ByteArrayOutputStream();
            pax.forEach((key, value) -> records.writeBytes(record(key, value)));
            pax.clear();
            raw(header('x', "PaxHeaders/x", "", records.size(), 0, 0));
            padded(records.toByteArray());
        }
    }

    /** GNU's long name ('L') or long link ('K') for the next entry. */
    TarBuilder gnuLong(char type, String text) {
        byte[] bytes = (text + "\0").getBytes(UTF_8);
        raw(header(type, "././@LongLink", "", bytes.length, 0, 0));
        return padded(bytes);
    }

    TarBuilder raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    TarBuilder padded(byte[] bytes) {
        raw(bytes);
        return raw(new byte[-bytes.length & 511]);
    }

    /** Without the end marker. */
    byte[] unfinished() {
        return out.toByteArray();
    }

    byte[] build() {
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    static byte[] record(String key, byte[] value) {
        byte[] body =
                ByteBufferOf.join(" ".getBytes(ISO_8859_1), (key + "=").getBytes(UTF_8), value, new byte[] {'\n'});
        int length = body.length + 1;
        while (Integer.toString(length).length() + body.length != length) {
            length++;
        }
        return ByteBufferOf.join(Integer.toString(length).getBytes(ISO_8859_1), body);
    }

    byte[] header(char type, String name, String link, long size, int major, int minor) {
        byte[] block = new byte[512];
        put(block, 0, name);
        number(block, 100, 8, mode);
        number(block, 108, 8, uid);
        number(block, 116, 8, gid);
        number(block, 124, 12, size);
        number(block, 136, 12, mtime);
        block[156] = (byte) type;
        put(block, 157, link);
        put(block, 257, "ustar\00000");
        number(block, 329, 8, major);
        number(block, 337, 8, minor);
        return summed(block);
    }

    static byte[] summed(byte[] block) {
        put(block, 148, "        ");
        int sum = 0;
        for (byte value : block) {
            sum += value & 0xFF;
        }
        put(block, 148, String.format("%06o\0 ", sum));
        return block;
    }

    static void put(byte[] block, int offset, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        System.arraycopy(bytes, 0, block, offset, Math.min(bytes.length, 100));
    }

    static void number(byte[] block, int offset, int length, long value) {
        String octal = Long.toOctalString(value);
        if (value >= 0 && octal.length() < length) {
            put(block, offset, "0".repeat(length - 1 - octal.length()) + octal);
            return;
        }
        for (int i = length - 1, shift = 0; i >= 0; i--, shift += 8) {
            block[offset + i] = (byte) (shift < 64 ? value >> shift : value >> 63);
        }
        block[offset] |= (byte) 0x80;
    }

    /** Joins arrays. */
    private static final class ByteBufferOf {
        static byte[] join(byte[]... parts) {
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            for (byte[] part : parts) {
                joined.writeBytes(part);
            }
            return joined.toByteArray();
        }
    }
}
