package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.thaw.image.ErofsReader.Node;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A file system as a map from paths to one line each, so that two can be compared entry by entry. */
final class Listing {
    private Listing() {}

    static SortedMap<String, String> of(ErofsReader reader) throws IOException {
        SortedMap<String, String> listing = new TreeMap<>();
        add(reader, reader.root(), "/", listing);
        return listing;
    }

    private static void add(ErofsReader reader, Node node, String path, SortedMap<String, String> listing)
            throws IOException {
        StringBuilder line = new StringBuilder(
                String.format("%06o %d:%d links=%d", node.mode(), node.uid(), node.gid(), node.links()));
        line.append(" ").append(Instant.ofEpochSecond(node.mtime(), node.nanos()));
        switch (node.type()) {
            case 0100000 -> line.append(" ").append(node.size()).append(" ").append(Digest.of(reader.data(node)));
            case 0120000 -> line.append(" -> ").append(new String(reader.data(node), ISO_8859_1));
            case 0020000, 0060000 ->
                line.append(" device ")
                        .append(node.block() >> 8 & 0xFFF)
                        .append(":")
                        .append(node.block() & 0xFF | node.block() >> 12 & 0xFFF00);
            default -> {}
        }
        node.xattrs()
                .forEach((name, value) -> line.append(" ")
                        .append(name)
                        .append("=")
                        .append(HexFormat.of().formatHex(value)));
        listing.put(path, line.toString());
        if (node.type() == 0040000) {
            for (Map.Entry<String, Long> entry : reader.list(node).entrySet()) {
                if (!entry.getKey().equals(".") && !entry.getKey().equals("..")) {
                    String below = path.equals("/") ? "/" + entry.getKey() : path + "/" + entry.getKey();
                    add(reader, reader.node(entry.getValue()), below, listing);
                }
            }
        }
    }

    /** What the host sees below a directory; attributes without the reader's extended ones. */
    static SortedMap<String, String> of(Path root) throws IOException {
        SortedMap<String, String> listing = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            all.forEach(path -> {
                String name = "/" + root.relativize(path);
                listing.put(TarText.bytesOf(name), line(path));
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return listing;
    }

    private static String line(Path path) {
        try {
            Map<String, Object> facts = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
            int mode = (int) number(facts, "mode");
            StringBuilder line = new StringBuilder(
                    String.format("%06o %s:%s links=%s", mode, facts.get("uid"), facts.get("gid"), facts.get("nlink")));
            line.append(" ")
                    .append(Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                            .toInstant());
            switch (mode & 0170000) {
                case 0100000 ->
                    line.append(" ").append(facts.get("size")).append(" ").append(Digest.of(Files.readAllBytes(path)));
                case 0120000 ->
                    line.append(" -> ")
                            .append(TarText.bytesOf(Files.readSymbolicLink(path).toString()));
                case 0020000, 0060000 -> {
                    long rdev = number(facts, "rdev");
                    line.append(" device ")
                            .append(rdev >> 8 & 0xFFF)
                            .append(":")
                            .append(rdev & 0xFF | rdev >> 12 & 0xFFF00);
                }
                default -> {}
            }
            return line.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long number(Map<String, Object> facts, String name) {
        return ((Number) java.util.Objects.requireNonNull(facts.get(name), name)).longValue();
    }
}
