package dev.thaw.image;

import dev.thaw.image.ImageDocuments.Config;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What {@code docker save} writes: an archive with {@code manifest.json}, which names the configuration and the layers by
 * their paths in the archive. There is no manifest whose digest could name the image, so its configuration's does, as
 * Docker's image id.
 */
final class DockerArchiveSource implements ImageSource {
    private static final Pattern DIGEST_NAME = Pattern.compile("(?:.*/)?([0-9a-f]{64})(?:\\.json)?");
    private static final Pattern BLOB = Pattern.compile("blobs/sha256/([0-9a-f]{64})");

    private final Path file;
    private final Path scratch;
    private final ImageLimits limits;
    private final Platform platform;
    private final ImageDocuments documents;
    private final Map<Layer, String> paths = new HashMap<>();
    private TarIndex index = TarIndex.EMPTY;

    /** @param scratch a directory for the archive's plain form, should it be compressed */
    DockerArchiveSource(Path file, Path scratch, ImageLimits limits, Platform platform) {
        this.file = file;
        this.scratch = scratch;
        this.limits = limits;
        this.platform = platform;
        documents = new ImageDocuments("docker-archive:" + file);
    }

    @Override
    public Image resolve() throws IOException {
        try {
            index = TarIndex.of(
                    Decompression.plain(file, scratch.resolve("archive.tar"), limits.expandedBytes()), limits);
        } catch (NoSuchFileException e) {
            throw new ImageException(
                    ImageException.Kind.NOT_FOUND,
                    "There is no file " + file.toAbsolutePath() + ". Name what `docker save` wrote.",
                    e);
        }
        JsonNode images = documents.parse(read("manifest.json"), "archive's manifest");
        if (!images.isArray() || images.size() != 1) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    "The archive " + file + " holds " + images.size()
                            + " images where one is wanted. Save one image: `docker save -o FILE IMAGE`.");
        }
        JsonNode image = images.get(0);
        byte[] configBytes = config(image);
        JsonNode configDocument = documents.parse(configBytes, "configuration");
        documents.requirePlatform(configDocument, platform);
        Config config = documents.config(configDocument);
        return new Image(Digest.of(configBytes), config.run(), layers(image, config));
    }

    private byte[] config(JsonNode image) throws IOException {
        String path = image.path("Config").asString("");
        byte[] bytes = read(path);
        Matcher named = DIGEST_NAME.matcher(path);
        Digest digest = Digest.of(bytes);
        if (named.matches() && !named.group(1).equals(digest.hex())) {
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    "The configuration in the archive " + file + " has the digest " + digest + " where its name says "
                            + named.group(1) + ". Save the image anew.");
        }
        return bytes;
    }

    private List<Layer> layers(JsonNode image, Config config) throws ImageException {
        List<String> names = new ArrayList<>();
        image.path("Layers").forEach(it -> names.add(it.asString("")));
        if (names.size() != config.diffIds().size() || names.size() > limits.layers()) {
            throw ImageException.malformed("The archive " + file + " names " + names.size()
                    + " layers, its configuration " + config.diffIds().size() + "; at most " + limits.layers()
                    + " are accepted. Save the image anew.");
        }
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Matcher blob = BLOB.matcher(names.get(i));
            Optional<Digest> digest = blob.matches() ? Optional.of(new Digest(blob.group(1))) : Optional.empty();
            Layer layer = new Layer(
                    digest, find(names.get(i)).length(), config.diffIds().get(i));
            paths.put(layer, names.get(i));
            layers.add(layer);
        }
        return List.copyOf(layers);
    }

    private TarIndex.Part find(String name) throws ImageException {
        return index.find(name)
                .orElseThrow(() -> ImageException.malformed("The archive " + file + " has no '" + TarText.readable(name)
                        + "', which it should. Write it with `docker save`."));
    }

    private byte[] read(String name) throws IOException {
        TarIndex.Part part = find(name);
        if (part.length() > limits.documentBytes()) {
            throw ImageException.tooLarge("'" + TarText.readable(name) + "' in the archive " + file + " has "
                    + part.length() + " bytes; at most " + limits.documentBytes() + " are accepted.");
        }
        try (InputStream in = index.open(part)) {
            return in.readAllBytes();
        }
    }

    @Override
    public InputStream open(Layer layer) throws IOException {
        return index.open(find(java.util.Objects.requireNonNull(paths.get(layer), "layer of another image")));
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(scratch.resolve("archive.tar"));
    }
}
