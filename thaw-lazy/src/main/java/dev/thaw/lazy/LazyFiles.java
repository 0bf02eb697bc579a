package dev.thaw.lazy;

import dev.thaw.lazy.LazyException.Code;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The files of a mount by name and by node, in memory and in the records for the next daemon. Finding one never waits: whoever answers the kernel must not wait for a
 * virtual thread, which may be without a processor's thread for as long as others wait for that answer in the kernel.
 */
final class LazyFiles {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}");

    private final NodeRecords records;
    private final Map<String, LazyFile> byName = new ConcurrentHashMap<>(); // written under the lock
    private final Map<Long, LazyFile> byNode = new ConcurrentHashMap<>();
    private long lastNode = FuseProtocol.ROOT; // guarded by this

    LazyFiles(NodeRecords records) {
        this.records = records;
    }

    /** Takes up what was there under an earlier daemon. */
    synchronized LazyFile restore(LeftNode node, Function<LeftNode, LazyFile> making) {
        LazyFile file = making.apply(node);
        lastNode = Math.max(lastNode, node.node());
        byNode.put(node.node(), file);
        if (!node.closed()) {
            byName.put(node.name(), file);
        }
        return file;
    }

    /** A node number is never given twice while anybody may still have the inode: it is above all that are there. */
    synchronized LazyFile add(String name, long sizeBytes, Function<LeftNode, LazyFile> making) throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "\"" + name
                            + "\" cannot be a file's name: use up to 200 letters, digits, '.', '_' and '-', not beginning with '.'");
        }
        if (byName.containsKey(name)) {
            throw new LazyException(Code.NAME_TAKEN, "There is a file \"" + name + "\" already. Close it first.");
        }
        LeftNode node = new LeftNode(lastNode + 1, sizeBytes, name, false);
        LazyFile file = making.apply(node);
        records.add(node);
        lastNode++;
        byNode.put(node.node(), file);
        byName.put(name, file);
        return file;
    }

    Optional<LazyFile> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    Optional<LazyFile> node(long node) {
        return Optional.ofNullable(byNode.get(node));
    }

    Collection<LazyFile> all() {
        return List.copyOf(byNode.values());
    }

    /** Frees its name. */
    synchronized void close(LazyFile file) throws IOException {
        if (byName.remove(file.name(), file)) {
            records.close(file.entry());
        }
    }

    synchronized void remove(LazyFile file) throws IOException {
        byName.remove(file.name(), file);
        byNode.remove(file.node());
        records.remove(file.entry());
    }
}
