package dev.thaw.lazy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which node is which file, for the next daemon: one empty file each, {@code open-NODE-SIZE-NAME} or {@code closed-NODE-SIZE-NAME}. They mean something for as long as the
 * mount lives, so they are not flushed.
 */
final class NodeRecords {
    private static final Logger log = LoggerFactory.getLogger(NodeRecords.class);
    private static final Pattern FORM =
            Pattern.compile("(open|closed)-([0-9]{1,18})-([0-9]{1,18})-([A-Za-z0-9._-]{1,200})");

    private final Path directory;

    NodeRecords(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    private Path file(LeftNode node) {
        return directory.resolve(
                (node.closed() ? "closed-" : "open-") + node.node() + "-" + node.sizeBytes() + "-" + node.name());
    }

    void add(LeftNode node) throws IOException {
        Files.createFile(file(node));
    }

    void close(LeftNode node) throws IOException {
        Files.move(file(node.withClosed(false)), file(node.withClosed(true)), StandardCopyOption.ATOMIC_MOVE);
    }

    void remove(LeftNode node) throws IOException {
        Files.deleteIfExists(file(node.withClosed(true)));
        Files.deleteIfExists(file(node.withClosed(false)));
    }

    /** What an earlier daemon left, in no order. */
    List<LeftNode> read() throws IOException {
        List<LeftNode> nodes = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Optional<LeftNode> node = parse(file.getFileName().toString());
                if (node.isEmpty()) {
                    log.warn("{} is no record of a file; removing it", file);
                    Files.deleteIfExists(file);
                }
                node.ifPresent(nodes::add);
            }
        }
        return nodes;
    }

    static Optional<LeftNode> parse(String fileName) {
        Matcher matcher = FORM.matcher(fileName);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long node = Long.parseLong(matcher.group(2));
        long size = Long.parseLong(matcher.group(3));
        boolean closed = matcher.group(1).equals("closed");
        return node <= FuseProtocol.ROOT || size == 0
                ? Optional.empty()
                : Optional.of(new LeftNode(node, size, matcher.group(4), closed));
    }

    /** Forgets all: the mount that they were of is gone. */
    void clear() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            log.debug("{} is gone already", directory, e);
        }
    }
}
