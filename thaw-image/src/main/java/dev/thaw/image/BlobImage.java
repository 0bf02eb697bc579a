package dev.thaw.image;

import dev.thaw.image.ImageDocuments.Config;
import dev.thaw.image.ImageDocuments.Descriptor;
import dev.thaw.image.ImageDocuments.Manifest;
import dev.thaw.image.ImageSource.Image;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** From an index or a manifest down to the layers, wherever the blobs are; each document is verified by its digest. */
final class BlobImage {
    /** Reads a whole small blob; registries keep manifests and other blobs in different places. */
    interface Blobs {
        byte[] manifest(Descriptor blob) throws IOException;

        byte[] config(Descriptor blob) throws IOException;
    }

    @FunctionalInterface
    private interface Read {
        byte[] read(Descriptor blob) throws IOException;
    }

    private static final int MAX_INDEX_DEPTH = 3;

    private final ImageDocuments documents;
    private final ImageLimits limits;
    private final Platform platform;
    private final Blobs blobs;

    BlobImage(ImageDocuments documents, ImageLimits limits, Platform platform, Blobs blobs) {
        this.documents = documents;
        this.limits = limits;
        this.platform = platform;
        this.blobs = blobs;
    }

    /** The image that an index or a manifest leads to. */
    Image from(Descriptor document) throws IOException {
        return from(read(document, "manifest", blobs::manifest));
    }

    /** The image that {@code bytes}, an index or a manifest, leads to. */
    Image from(byte[] bytes) throws IOException {
        byte[] document = bytes;
        JsonNode parsed = documents.parse(document, "manifest");
        for (int depth = 0; ImageDocuments.isIndex(parsed); depth++) {
            if (depth == MAX_INDEX_DEPTH) {
                throw ImageException.malformed(
                        "An image index leads to an index more than " + MAX_INDEX_DEPTH + " times.");
            }
            document = read(documents.choose(parsed, platform), "manifest", blobs::manifest);
            parsed = documents.parse(document, "manifest");
        }
        Manifest manifest = documents.manifest(parsed, limits);
        byte[] configBytes = read(manifest.config(), "configuration", blobs::config);
        JsonNode configDocument = documents.parse(configBytes, "configuration");
        documents.requirePlatform(configDocument, platform);
        Config config = documents.config(configDocument);
        return new Image(Digest.of(document), config.run(), layers(manifest, config));
    }

    private static List<Layer> layers(Manifest manifest, Config config) throws ImageException {
        if (manifest.layers().size() != config.diffIds().size()) {
            throw ImageException.malformed(
                    "An image's manifest has " + manifest.layers().size() + " layers and its configuration "
                            + config.diffIds().size() + ". It is no image that can be run, or was built wrongly.");
        }
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < manifest.layers().size(); i++) {
            Descriptor layer = manifest.layers().get(i);
            layers.add(new Layer(
                    Optional.of(layer.digest()), layer.size(), config.diffIds().get(i)));
        }
        return List.copyOf(layers);
    }

    private byte[] read(Descriptor blob, String what, Read how) throws IOException {
        if (blob.size() > limits.documentBytes()) {
            throw ImageException.tooLarge("An image's " + what + " has " + blob.size() + " bytes; at most "
                    + limits.documentBytes() + " are accepted.");
        }
        byte[] bytes = how.read(blob);
        Digest digest = Digest.of(bytes);
        if (bytes.length != blob.size() || !digest.equals(blob.digest())) {
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    "An image's " + what + " should have " + blob.size() + " bytes and the digest " + blob.digest()
                            + ", but has " + bytes.length + " and " + digest + ". Fetch or build the image anew.");
        }
        return bytes;
    }
}
