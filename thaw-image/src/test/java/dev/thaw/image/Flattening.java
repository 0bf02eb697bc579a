package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;

/** Flattens layers that a test has built in memory. */
final class Flattening {
    static final Digest IDENTITY = Digest.of("test".getBytes(java.nio.charset.StandardCharsets.UTF_8));

    private Flattening() {}

    static ErofsWriter.Written flatten(Path directory, Path file, byte[]... layers) throws IOException {
        return flatten(directory, file, ImageLimits.DEFAULT, layers);
    }

    static ErofsWriter.Written flatten(Path directory, Path file, ImageLimits limits, byte[]... layers)
            throws IOException {
        FileTree tree = new FileTree();
        try (Spool spool = new Spool(directory.resolve("spool-" + System.nanoTime()))) {
            LayerApplier applier = new LayerApplier(tree, spool, limits);
            for (byte[] layer : layers) {
                applier.apply(new TarReader(new ByteArrayInputStream(layer)));
            }
            return ErofsWriter.write(tree, spool, IDENTITY, file);
        }
    }

    static SortedMap<String, String> listing(Path directory, byte[]... layers) throws IOException {
        Path file = directory.resolve("listing-" + System.nanoTime() + ".erofs");
        flatten(directory, file, layers);
        try (ErofsReader reader = new ErofsReader(file)) {
            return Listing.of(reader);
        } finally {
            Files.delete(file);
        }
    }
}
