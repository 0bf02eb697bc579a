package dev.thaw.store.object;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Walks a {@link FileObjectStore}'s folders in the order of the keys, one folder in memory at a time. */
final class FileListing {
    private final String prefix;
    private final Consumer<ListedObject> each;
    private final Cancellation cancellation;

    FileListing(String prefix, Consumer<ListedObject> each, Cancellation cancellation) {
        this.prefix = prefix;
        this.each = each;
        this.cancellation = cancellation;
    }

    /** A folder's name ends in '/' here: so it sorts as the keys in it do, and not before "name-1". */
    private record Entry(String key, Path path, BasicFileAttributes attributes) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            return key.compareTo(other.key);
        }
    }

    /** @param folderKey the folder's own key with a '/' at its end, or empty for the root */
    void walk(Path folder, String folderKey) throws IOException {
        cancellation.check();
        for (Entry entry : entries(folder, folderKey)) {
            if (entry.attributes.isDirectory()) {
                walk(entry.path, entry.key);
            } else {
                each.accept(new ListedObject(
                        entry.key,
                        entry.attributes.size(),
                        entry.attributes.lastModifiedTime().toInstant()));
            }
        }
    }

    private List<Entry> entries(Path folder, String folderKey) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, FileListing::isOurs)) {
            for (Path path : paths) {
                addIfWanted(entries, path, folderKey + path.getFileName());
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of(); // removed while we walked, or never there
        }
        entries.sort(null);
        return entries;
    }

    private void addIfWanted(List<Entry> entries, Path path, String name) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            String key = attributes.isDirectory() ? name + "/" : name;
            boolean below = attributes.isDirectory() && prefix.startsWith(key);
            if (below || key.startsWith(prefix)) {
                entries.add(new Entry(key, path, attributes));
            }
        } catch (NoSuchFileException e) {
            return; // removed while we walked
        }
    }

    private static boolean isOurs(Path path) {
        return !String.valueOf(path.getFileName()).startsWith(".");
    }
}
