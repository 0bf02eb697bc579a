package dev.thaw.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;
import dev.thaw.store.object.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** An image made by a test, right or wrong in any detail: its blobs, and an OCI layout around them. */
final class LayoutBuilder {
    static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String INDEX = "application/vnd.oci.image.index.v1+json";
    static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

    final Map<Digest, byte[]> blobs = new HashMap<>();
    private final List<String> layers = new ArrayList<>();
    private final List<String> diffIds = new ArrayList<>();
    private final List<String> entries = new ArrayList<>();
    private String run = "{\"Cmd\":[\"/bin/true\"]}";
    private String platform =
            "\"os\":\"linux\",\"architecture\":\"" + Platform.host().architecture() + "\"";

    LayoutBuilder layer(byte[] archive) {
        return layer(archive, archive);
    }

    LayoutBuilder gzip(byte[] archive) {
        return layer(LAYER + "+gzip", gzipped(archive), archive);
    }

    LayoutBuilder zstd(byte[] archive) {
        return layer(LAYER + "+zstd", Zstd.compress(archive), archive);
    }

    /** @param stored what is stored for the archive */
    LayoutBuilder layer(byte[] stored, byte[] archive) {
        return layer(LAYER, stored, archive);
    }

    private LayoutBuilder layer(String type, byte[] stored, byte[] archive) {
        layers.add(add(type, stored));
        diffIds.add("\"" + Digest.of(archive) + "\"");
        return this;
    }

    /** The {@code config} part of the configuration. */
    LayoutBuilder run(String json) {
        run = json;
        return this;
    }

    LayoutBuilder platform(String os, String architecture) {
        platform = "\"os\":\"" + os + "\",\"architecture\":\"" + architecture + "\"";
        return this;
    }

    /** Adds a blob; its descriptor without braces. */
    String descriptor(String type, byte[] bytes) {
        Digest digest = Digest.of(bytes);
        blobs.put(digest, bytes);
        return "\"mediaType\":\"" + type + "\",\"digest\":\"" + digest + "\",\"size\":" + bytes.length;
    }

    private String add(String type, byte[] bytes) {
        return "{" + descriptor(type, bytes) + "}";
    }

    byte[] config() {
        return ("{" + platform + ",\"config\":" + run + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                        + String.join(",", diffIds) + "]}}")
                .getBytes(UTF_8);
    }

    byte[] manifest() {
        return ("{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":" + add(CONFIG, config())
                        + ",\"layers\":[" + String.join(",", layers) + "]}")
                .getBytes(UTF_8);
    }

    /** Puts what was built so far into the index, and begins the next image. */
    LayoutBuilder image(String tag) {
        entries.add("{" + descriptor(MANIFEST, manifest()) + ",\"platform\":{" + platform + "},"
                + "\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + tag + "\"}}");
        layers.clear();
        diffIds.clear();
        return this;
    }

    byte[] index() {
        return ("{\"schemaVersion\":2,\"mediaType\":\"" + INDEX + "\",\"manifests\":[" + String.join(",", entries)
                        + "]}")
                .getBytes(UTF_8);
    }

    Path write(Path directory) {
        if (entries.isEmpty()) {
            image("latest");
        }
        return write(directory, index());
    }

    Path write(Path directory, byte[] index) {
        try {
            Path sums = Files.createDirectories(directory.resolve("blobs/sha256"));
            for (Map.Entry<Digest, byte[]> blob : blobs.entrySet()) {
                Files.write(sums.resolve(blob.getKey().hex()), blob.getValue());
            }
            Files.write(directory.resolve("index.json"), index);
            Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzipped(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
