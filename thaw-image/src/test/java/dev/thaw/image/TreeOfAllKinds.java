package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A random archive with every kind of entry, and what a file system made of it must list. */
final class TreeOfAllKinds {
    private static final int ENTRIES = 600;

    private final Random random;
    private final TarBuilder archive = new TarBuilder();
    private final SortedMap<String, String> lines = new TreeMap<>();
    private final List<String> directories = new ArrayList<>(List.of(""));
    private final SortedMap<String, Integer> links = new TreeMap<>();
    private final List<String> files = new ArrayList<>();
    private final SortedMap<String, String> linkedTo = new TreeMap<>();
    private final byte[] bytes;
    private final boolean marked;

    TreeOfAllKinds(long seed) {
        this(seed, true);
    }

    /** @param marked whether entries have attributes and times that not every file system of the host takes */
    TreeOfAllKinds(long seed, boolean marked) {
        this.marked = marked;
        random = new Random(seed);
        archive.mode(0755).directory("./");
        lines.put("/", "040755 0:0 links=%d 2020-09-13T12:26:40Z");
        links.put("/", 2);
        for (int i = 0; i < ENTRIES; i++) {
            add();
        }
        bytes = archive.build();
    }

    byte[] archive() {
        return bytes.clone();
    }

    SortedMap<String, String> expected() {
        SortedMap<String, String> expected = new TreeMap<>();
        for (String path : new TreeSet<>(lines.keySet())) {
            String target = linkedTo.getOrDefault(path, path);
            expected.put(path, String.format(lines.get(target), links.getOrDefault(target, 1)));
        }
        return expected;
    }

    private void add() {
        String parent = directories.get(random.nextInt(directories.size()));
        String name = parent + name();
        if (lines.containsKey("/" + name)) {
            return;
        }
        int mode = random.nextInt(010000);
        long uid = random.nextBoolean() ? random.nextInt(70_000) : 0;
        long mtime = random.nextLong(0, marked ? 1L << 34 : 1L << 31);
        archive.mode(mode).owner(uid, uid / 2).mtime(mtime);
        String attributes = xattrs();
        String common =
                String.format("%04o %d:%d links=", mode, uid, uid / 2) + "%d " + java.time.Instant.ofEpochSecond(mtime);
        links.put("/" + name, 1);
        switch (random.nextInt(7)) {
            case 0 -> {
                archive.directory(name);
                // The builder gives a directory that mode only when it is another than a file's usual one.
                int real = mode == 0644 ? 0755 : mode;
                lines.put("/" + name, "04" + common.replaceFirst("^\\d+", String.format("%04o", real)) + attributes);
                links.put("/" + name, 2);
                links.merge("/" + parent.replaceFirst("/$", ""), 1, Integer::sum);
                directories.add(name + "/");
            }
            case 1 -> {
                String target = "x".repeat(1 + random.nextInt(random.nextInt(20) == 0 ? 4095 : 60));
                archive.pax("linkpath", target).symlink(name, "");
                lines.put("/" + name, "12" + common.replaceFirst("^\\d+", "0777") + " -> " + target + attributes);
            }
            case 2 -> {
                int major = random.nextInt(4096);
                int minor = random.nextInt(1 << 20);
                archive.device('3', name, major, minor);
                lines.put("/" + name, "02" + common + " device " + major + ":" + minor + attributes);
            }
            case 3 -> {
                archive.device('6', name, 0, 0);
                lines.put("/" + name, "01" + common + attributes);
            }
            default -> addFile(name, common, attributes);
        }
    }

    private void addFile(String name, String common, String attributes) {
        if (!files.isEmpty() && random.nextInt(5) == 0) {
            String target = files.get(random.nextInt(files.size()));
            archive.hardLink(name, target);
            lines.put("/" + name, "");
            linkedTo.put("/" + name, "/" + target);
            links.merge("/" + target, 1, Integer::sum);
            return;
        }
        byte[] content = new byte[random.nextInt(random.nextInt(4) == 0 ? 70_000 : 300)];
        random.nextBytes(content);
        archive.file(name, content);
        lines.put("/" + name, "10" + common + " " + content.length + " " + Digest.of(content) + attributes);
        files.add(name);
    }

    private String xattrs() {
        StringBuilder expected = new StringBuilder();
        if (marked && random.nextInt(4) == 0) {
            byte[] value = new byte[random.nextInt(random.nextInt(5) == 0 ? 9000 : 40)];
            random.nextBytes(value);
            archive.xattr("security.capability", value).xattr("user.a", value);
            String hex = HexFormat.of().formatHex(value);
            expected.append(" security.capability=")
                    .append(hex)
                    .append(" user.a=")
                    .append(hex);
        }
        return expected.toString();
    }

    private String name() {
        int length = 1 + random.nextInt(random.nextInt(30) == 0 ? 60 : 6);
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < length; i++) {
            name.append((char) ('a' + random.nextInt(26)));
        }
        return name.toString();
    }
}
