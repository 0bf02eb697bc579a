package dev.thaw.image;

import dev.thaw.image.TarEntry.Attributes;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What extended headers say about the entry that follows them. */
final class PendingHeaders {
    private static final String XATTR = "SCHILY.xattr.";

    @Nullable
    String longName;

    @Nullable
    String longLink;

    private boolean any;
    private @Nullable String path;
    private @Nullable String link;
    private @Nullable String sparseName;
    private @Nullable String mtime;
    private long size = -1;
    private long uid = -1;
    private long gid = -1;
    private long realSize = -1;
    private long sparseMajor;
    private @Nullable SparseMap sparse;
    private long sparseOffset;
    private final SortedMap<String, byte[]> xattrs = new TreeMap<>();
    private int xattrBytes;

    boolean isEmpty() {
        return !any && longName == null && longLink == null;
    }

    void add(List<PaxRecords.Value> records) throws ImageException {
        any = true;
        for (PaxRecords.Value record : records) {
            String value = record.value();
            switch (record.key()) {
                case "path" -> path = name(value, "path");
                case "linkpath" -> link = name(value, "linkpath");
                case "GNU.sparse.name" -> sparseName = name(value, "name");
                case "mtime" -> mtime = value;
                case "size" -> size = TarNumbers.decimal(value, "size");
                case "uid" -> uid = TarNumbers.decimal(value, "user id");
                case "gid" -> gid = TarNumbers.decimal(value, "group id");
                case "GNU.sparse.realsize", "GNU.sparse.size" -> realSize = TarNumbers.decimal(value, "sparse size");
                case "GNU.sparse.major" -> sparseMajor = TarNumbers.decimal(value, "sparse version");
                case "GNU.sparse.numblocks" -> sparse = sparse == null ? new SparseMap() : sparse;
                case "GNU.sparse.offset" -> sparseOffset = TarNumbers.decimal(value, "sparse offset");
                case "GNU.sparse.numbytes" ->
                    sparseMap(sparse).add(sparseOffset, TarNumbers.decimal(value, "sparse length"));
                case "GNU.sparse.map" -> sparse = SparseMap.list(value);
                default -> addOther(record.key(), value);
            }
        }
    }

    private void addOther(String key, String value) throws ImageException {
        if (!key.startsWith(XATTR)) {
            return;
        }
        String name = key.substring(XATTR.length());
        xattrBytes += name.length() + value.length();
        if (name.isEmpty() || name.length() > ImageLimits.NAME_BYTES || xattrBytes > ImageLimits.XATTR_BYTES) {
            throw ImageException.tooLarge(
                    "An archive's entry has extended attributes beyond what Linux takes: names of "
                            + ImageLimits.NAME_BYTES + " bytes, " + ImageLimits.XATTR_BYTES + " bytes in all.");
        }
        xattrs.put(name, value.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    private static SparseMap sparseMap(@Nullable SparseMap map) throws ImageException {
        if (map == null) {
            throw ImageException.malformed("An archive's sparse map begins without its length. Build the image anew.");
        }
        return map;
    }

    private static String name(String value, String what) throws ImageException {
        if (value.indexOf('\0') >= 0) {
            throw ImageException.malformed("An archive's pax header has a " + what + " with a NUL byte in it.");
        }
        return value;
    }

    String name(String header) {
        return sparseName != null ? sparseName : path != null ? path : longName != null ? longName : header;
    }

    String link(String header) {
        return link != null ? link : longLink != null ? longLink : header;
    }

    long size(long header) {
        return size >= 0 ? size : header;
    }

    /** The size of a sparse file with its holes. */
    long realSize(long stored) {
        return realSize >= 0 ? realSize : stored;
    }

    @Nullable
    SparseMap sparseMap() {
        return sparse;
    }

    boolean hasLeadingMap() {
        return sparseMajor >= 1;
    }

    Attributes attributes(byte[] block) throws ImageException {
        long seconds = TarNumbers.parse(block, 136, 12);
        int nanos = 0;
        if (mtime != null) {
            int dot = mtime.indexOf('.');
            String whole = dot < 0 ? mtime : mtime.substring(0, dot);
            seconds = TarNumbers.decimal(whole, "time");
            nanos = dot < 0 ? 0 : nanos(mtime.substring(dot + 1));
            if (nanos > 0 && whole.startsWith("-")) {
                seconds--;
                nanos = 1_000_000_000 - nanos;
            }
        }
        return new Attributes(
                (int) TarNumbers.parse(block, 100, 8) & 07777,
                id(uid >= 0 ? uid : TarNumbers.parse(block, 108, 8)),
                id(gid >= 0 ? gid : TarNumbers.parse(block, 116, 8)),
                seconds,
                nanos,
                xattrs);
    }

    private static int nanos(String fraction) throws ImageException {
        String nine = (fraction + "000000000").substring(0, 9);
        long value = TarNumbers.decimal(nine, "time");
        return (int) Math.max(0, value);
    }

    /** Kernel ids have 32 bits, and the last one means "none". */
    private static int id(long value) throws ImageException {
        if (value < 0 || value >= 0xFFFFFFFFL) {
            throw ImageException.malformed("An archive's entry has an owner that Linux cannot have: " + value + ".");
        }
        return (int) value;
    }
}
