package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** The extended attributes that follow an inode. */
final class ErofsXattrs {
    /** Names are stored without their well-known beginnings. Order matters: the access lists are whole names. */
    private enum Prefix {
        ACCESS_LIST("system.posix_acl_access", 2, true),
        DEFAULT_LIST("system.posix_acl_default", 3, true),
        USER("user.", 1, false),
        TRUSTED("trusted.", 4, false),
        SECURITY("security.", 6, false);

        private final String text;
        private final int index;
        private final boolean whole;

        Prefix(String text, int index, boolean whole) {
            this.text = text;
            this.index = index;
            this.whole = whole;
        }

        boolean fits(String name) {
            return whole ? name.equals(text) : name.startsWith(text) && name.length() > text.length();
        }
    }

    private record Attribute(int index, byte[] name, byte[] value) {
        int size() {
            return align(ErofsFormat.XATTR_ENTRY_BYTES + name.length + value.length);
        }
    }

    private ErofsXattrs() {}

    /** How many bytes the attributes take behind their inode. */
    static int size(SortedMap<String, byte[]> xattrs) {
        int size = 0;
        for (Attribute attribute : stored(xattrs)) {
            size += attribute.size();
        }
        return size == 0 ? 0 : size + ErofsFormat.XATTR_HEADER_BYTES;
    }

    static void write(SortedMap<String, byte[]> xattrs, ByteBuffer to) {
        List<Attribute> stored = stored(xattrs);
        if (stored.isEmpty()) {
            return;
        }
        // The header counts attributes that inodes share; here none do.
        to.put(new byte[ErofsFormat.XATTR_HEADER_BYTES]);
        for (Attribute attribute : stored) {
            int end = to.position() + attribute.size();
            to.put((byte) attribute.name().length);
            to.put((byte) attribute.index());
            to.putShort((short) attribute.value().length);
            to.put(attribute.name());
            to.put(attribute.value());
            to.put(new byte[end - to.position()]);
        }
    }

    /** The inode's field for the attributes' size: the header counts for one, each further four bytes for one more. */
    static int count(int size) {
        return size == 0 ? 0 : 1 + (size - ErofsFormat.XATTR_HEADER_BYTES) / 4;
    }

    /**
     * What goes into the file system. Left out: names in spaces that the kernel does not serve, overlay's own marks (they
     * would act on the overlay that the guest mounts) and the building host's security labels.
     */
    private static List<Attribute> stored(SortedMap<String, byte[]> xattrs) {
        List<Attribute> stored = new ArrayList<>();
        for (Map.Entry<String, byte[]> xattr : xattrs.entrySet()) {
            String name = xattr.getKey();
            if (name.startsWith("trusted.overlay.")
                    || name.startsWith("user.overlay.")
                    || name.equals("security.selinux")) {
                continue;
            }
            for (Prefix prefix : Prefix.values()) {
                if (prefix.fits(name)) {
                    byte[] rest = name.substring(prefix.text.length()).getBytes(ISO_8859_1);
                    stored.add(new Attribute(prefix.index, rest, xattr.getValue()));
                    break;
                }
            }
        }
        return stored;
    }

    private static int align(int size) {
        return (size + 3) & ~3;
    }
}
