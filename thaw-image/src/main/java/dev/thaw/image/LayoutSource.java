package dev.thaw.image;

import dev.thaw.image.ImageDocuments.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** An OCI image layout in a directory (OCI image specification, "Image Layout"). */
final class LayoutSource implements ImageSource, BlobImage.Blobs {
    private static final String REF_NAME = "org.opencontainers.image.ref.name";

    private final Path directory;
    private final Optional<String> tag;
    private final ImageDocuments documents;
    private final ImageLimits limits;
    private final Platform platform;

    LayoutSource(Path directory, Optional<String> tag, ImageLimits limits, Platform platform) {
        this.directory = directory;
        this.tag = tag;
        this.limits = limits;
        this.platform = platform;
        documents = new ImageDocuments("oci:" + directory);
    }

    @Override
    public Image resolve() throws IOException {
        Path index = directory.resolve("index.json");
        if (!Files.isRegularFile(index)) {
            throw new ImageException(
                    ImageException.Kind.NOT_FOUND,
                    "There is no OCI image layout in " + directory.toAbsolutePath()
                            + ": it has no index.json. Name the directory that a tool like `skopeo copy … oci:DIR` wrote.");
        }
        byte[] bytes = readSmall(index);
        JsonNode parsed = documents.parse(bytes, "index");
        BlobImage image = new BlobImage(documents, limits, platform, this);
        List<String> tags = new ArrayList<>();
        for (JsonNode entry : parsed.path("manifests")) {
            String name = entry.path("annotations").path(REF_NAME).asString("");
            if (tag.isPresent() && name.equals(tag.get())) {
                return image.from(documents.descriptor(entry, "index"));
            }
            if (!name.isEmpty() && !tags.contains(name)) {
                tags.add(name);
            }
        }
        if (tag.isPresent() || tags.size() > 1) {
            throw new ImageException(
                    ImageException.Kind.NOT_FOUND,
                    "The OCI image layout in " + directory
                            + (tag.isPresent() ? " has no tag '" + tag.get() + "'" : " has several images")
                            + (tags.isEmpty()
                                    ? "; it has no tags at all."
                                    : "; write oci:" + directory + ":TAG with one of " + String.join(", ", tags)
                                            + "."));
        }
        return image.from(bytes);
    }

    @Override
    public byte[] manifest(Descriptor blob) throws IOException {
        return readSmall(path(blob));
    }

    @Override
    public byte[] config(Descriptor blob) throws IOException {
        return readSmall(path(blob));
    }

    private Path path(Descriptor blob) {
        return directory.resolve("blobs/sha256/" + blob.digest().hex());
    }

    private byte[] readSmall(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(limits.documentBytes() + 1);
            if (bytes.length > limits.documentBytes()) {
                throw ImageException.tooLarge(
                        "The image document " + file + " has more than " + limits.documentBytes() + " bytes.");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        }
    }

    @Override
    public InputStream open(Layer layer) throws IOException {
        Path file =
                directory.resolve("blobs/sha256/" + layer.digest().orElseThrow().hex());
        try {
            return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        }
    }

    private static ImageException missing(Path file, NoSuchFileException e) {
        return new ImageException(
                ImageException.Kind.NOT_FOUND,
                "The image layout is incomplete: " + file + " is missing. Copy or build it anew.",
                e);
    }

    @Override
    public void close() {}
}
