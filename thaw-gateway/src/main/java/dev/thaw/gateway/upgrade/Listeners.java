package dev.thaw.gateway.upgrade;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the descriptor of a listening socket of this process, which the JDK keeps to itself: by its port in the kernel's tables. */
final class Listeners {
    private static final String LISTEN = "0A";

    private Listeners() {}

    /** @throws IOException when it is not found; never a wrong one */
    static int descriptorOf(int port) throws IOException {
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
            sockets.addAll(listening(Path.of(table), port));
        }
        List<Integer> found = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (sockets.contains(target(descriptor))) {
                    found.add(Integer.parseInt(descriptor.getFileName().toString()));
                }
            }
        }
        if (found.size() != 1) {
            throw new IOException(found.size() + " sockets of this process listen on port " + port + ".");
        }
        return found.getFirst();
    }

    /** As {@code socket:[INODE]}; proc(5) has the table's columns. */
    private static List<String> listening(Path table, int port) throws IOException {
        String ending = String.format(Locale.ROOT, ":%04X", port);
        List<String> found = new ArrayList<>();
        try (Stream<String> lines = Files.lines(table)) {
            lines.map(line -> line.strip().split("\\s+"))
                    .filter(columns -> columns.length > 9 && columns[1].endsWith(ending) && columns[3].equals(LISTEN))
                    .forEach(columns -> found.add("socket:[" + columns[9] + "]"));
        } catch (NoSuchFileException e) {
            // A host without IPv6.
            return found;
        }
        return found;
    }

    private static String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
