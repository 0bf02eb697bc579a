package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** One image in the library: a directory named by the image's digest, with the file system and what is known about it. */
final class ImageRecord {
    private static final Logger LOG = LoggerFactory.getLogger(ImageRecord.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    static final String FILE_SYSTEM = "rootfs.erofs";
    private static final String RECORD = "image.json";
    private static final int VERSION = 1;

    private record Stored(int version, String contentDigest, long sizeBytes, ImageConfig config) {}

    private ImageRecord() {}

    /** Completes a directory that holds a file system already, durably. */
    static void write(Path directory, ErofsWriter.Written written, ImageConfig config) throws IOException {
        Stored stored = new Stored(VERSION, written.digest().toString(), written.sizeBytes(), config);
        Path record = directory.resolve(RECORD);
        Files.write(record, JSON.writeValueAsBytes(stored));
        force(record);
        force(directory);
    }

    static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** What a directory holds; empty when it is not there, or not whole. */
    static Optional<RootFilesystem> read(Path directory, Digest image) {
        Path erofs = directory.resolve(FILE_SYSTEM);
        try {
            if (!Files.isDirectory(directory)) {
                return Optional.empty();
            }
            Stored stored = JSON.readValue(Files.readAllBytes(directory.resolve(RECORD)), Stored.class);
            if (stored.version() == VERSION && Files.size(erofs) == stored.sizeBytes()) {
                return Optional.of(new RootFilesystem(
                        image, erofs, stored.sizeBytes(), Digest.parse(stored.contentDigest()), stored.config()));
            }
            LOG.warn("An image in the library is not whole and is made anew: image={}", image);
        } catch (IOException | JacksonException | IllegalArgumentException | NullPointerException e) {
            LOG.warn("An image in the library cannot be read and is made anew: image={}", image, e);
        }
        return Optional.empty();
    }
}
