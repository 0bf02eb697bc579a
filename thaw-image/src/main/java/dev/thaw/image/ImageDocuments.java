package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads an image's documents: index, manifest and configuration, of OCI and of Docker's second schema. */
final class ImageDocuments {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What one document says about another blob. */
    record Descriptor(String mediaType, Digest digest, long size) {}

    /** @param config of the image's configuration; the layers' diff ids are there */
    record Manifest(Descriptor config, List<Descriptor> layers) {}

    record Config(ImageConfig run, List<Digest> diffIds) {}

    private final String image;

    /** @param image what messages call the image */
    ImageDocuments(String image) {
        this.image = image;
    }

    JsonNode parse(byte[] document, String what) throws ImageException {
        try {
            JsonNode node = JSON.readTree(document);
            if (node.isObject() || node.isArray()) {
                return node;
            }
            throw broken(what, "it is not a JSON object");
        } catch (JacksonException e) {
            throw new ImageException(
                    ImageException.Kind.MALFORMED,
                    "The " + what + " of " + image + " is not JSON: " + e.getOriginalMessage(),
                    e);
        }
    }

    static boolean isIndex(JsonNode document) {
        return document.path("manifests").isArray();
    }

    /** The manifest for a platform; an entry without a platform serves when it is the only one. */
    Descriptor choose(JsonNode index, Platform platform) throws ImageException {
        List<Descriptor> fitting = new ArrayList<>();
        SortedSet<String> others = new TreeSet<>();
        for (JsonNode entry : index.path("manifests")) {
            JsonNode wanted = entry.path("platform");
            String os = text(wanted, "os");
            String architecture = text(wanted, "architecture");
            boolean only = wanted.isMissingNode() && index.path("manifests").size() == 1;
            if (only || os.equals(platform.os()) && architecture.equals(platform.architecture())) {
                fitting.add(descriptor(entry, "index"));
            } else if (!os.isEmpty() && !os.equals("unknown")) {
                others.add(os + "/" + architecture);
            }
        }
        if (fitting.isEmpty()) {
            throw new ImageException(
                    ImageException.Kind.NOT_FOUND,
                    "The image " + image + " is not there for " + platform
                            + (others.isEmpty() ? "." : ", only for " + String.join(", ", others) + "."));
        }
        return fitting.getFirst();
    }

    Manifest manifest(JsonNode document, ImageLimits limits) throws ImageException {
        if (document.path("schemaVersion").asInt(0) != 2
                || !document.path("config").isObject()) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    "The manifest of " + image
                            + " is of an unknown form; OCI's and Docker's second schema are supported. Build the image anew.");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (JsonNode layer : document.path("layers")) {
            layers.add(descriptor(layer, "manifest"));
        }
        if (layers.size() > limits.layers()) {
            throw ImageException.tooLarge("The image " + image + " has " + layers.size() + " layers; at most "
                    + limits.layers() + " are accepted.");
        }
        return new Manifest(descriptor(document.path("config"), "manifest"), List.copyOf(layers));
    }

    Descriptor descriptor(JsonNode node, String what) throws ImageException {
        JsonNode size = node.path("size");
        if (!size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
            throw broken(what, "a size is missing or negative");
        }
        return new Descriptor(text(node, "mediaType"), digest(text(node, "digest"), what), size.asLong());
    }

    private Digest digest(String text, String what) throws ImageException {
        try {
            return Digest.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    "The " + what + " of " + image + " names a blob by '" + text + "'; SHA-256 digests are supported.",
                    e);
        }
    }

    /** Fails when the configuration says that the image is for another platform. */
    void requirePlatform(JsonNode config, Platform platform) throws ImageException {
        Platform there = new Platform(text(config, "os"), text(config, "architecture"));
        boolean fits = (there.os().isEmpty() || there.os().equals(platform.os()))
                && (there.architecture().isEmpty() || there.architecture().equals(platform.architecture()));
        if (!fits) {
            throw new ImageException(
                    ImageException.Kind.NOT_FOUND,
                    "The image " + image + " is for " + there + ", this host for " + platform
                            + ". Build or pull it for " + platform + ".");
        }
    }

    Config config(JsonNode document) throws ImageException {
        List<Digest> diffIds = new ArrayList<>();
        for (String diffId : strings(document.path("rootfs"), "diff_ids")) {
            diffIds.add(digest(diffId, "configuration"));
        }
        JsonNode run = document.path("config");
        SortedSet<Integer> ports = new TreeSet<>();
        for (String port : run.path("ExposedPorts").propertyNames()) {
            port(port).ifPresent(ports::add);
        }
        String directory = text(run, "WorkingDir");
        String signal = text(run, "StopSignal");
        return new Config(
                new ImageConfig(
                        strings(run, "Entrypoint"),
                        strings(run, "Cmd"),
                        strings(run, "Env"),
                        text(run, "User"),
                        directory.isEmpty() ? "/" : directory.startsWith("/") ? directory : "/" + directory,
                        signal.isEmpty() ? "SIGTERM" : signal,
                        ports),
                diffIds);
    }

    /** {@code 8080} or {@code 8080/tcp}; other protocols are no function's door. */
    private static Optional<Integer> port(String text) {
        String number = text.endsWith("/tcp") ? text.substring(0, text.length() - 4) : text;
        if (!number.matches("\\d{1,5}")) {
            return Optional.empty();
        }
        int port = Integer.parseInt(number);
        return port > 0 && port < 65536 ? Optional.of(port) : Optional.empty();
    }

    private List<String> strings(JsonNode node, String field) throws ImageException {
        List<String> values = new ArrayList<>();
        for (JsonNode value : node.path(field)) {
            if (!value.isString()) {
                throw broken("configuration", field + " holds something that is no text");
            }
            values.add(value.asString());
        }
        return values;
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private ImageException broken(String what, String why) {
        return ImageException.malformed(
                "The " + what + " of " + image + " breaks its format: " + why + ". Build the image anew.");
    }
}
