package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.text.Fields;
import dev.thaw.gateway.text.Json;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Functions as files, one each: {@code NAME.json}. Written beside, then renamed, so that each is there whole or not at all. */
final class FunctionFiles {
    private static final Logger log = LoggerFactory.getLogger(FunctionFiles.class);
    private static final int VERSION = 1;

    private final Path folder;
    private final SpecJson specs;

    FunctionFiles(Path folder, SpecJson specs) throws IOException {
        this.folder = requireNonNull(folder, "folder is null");
        this.specs = requireNonNull(specs, "specs is null");
        Files.createDirectories(folder);
    }

    void save(DeployedFunction function) throws IOException {
        ObjectNode json = Json.object();
        json.put("version", VERSION);
        json.put("generation", function.generation());
        json.put("created_at", function.createdAt().toString());
        json.put("deployed_at", function.deployedAt().toString());
        json.set("spec", specs.write(function.spec()));
        json.set("image", write(function.image()));
        Path fresh = folder.resolve(function.name() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(Json.line(json));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file(function.name()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void delete(String name) throws IOException {
        Files.deleteIfExists(file(name));
    }

    /** All that can be read. A file that cannot is named in the log and left as it is. */
    List<DeployedFunction> load() throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        List<DeployedFunction> functions = new ArrayList<>();
        for (Path file : files) {
            try {
                functions.add(read(Files.readAllBytes(file)));
            } catch (IllegalArgumentException | DateTimeException | NoSuchFileException e) {
                log.warn("{} is not a function and is left out: {}", file, e.getMessage());
            }
        }
        return functions;
    }

    private Path file(String name) {
        return folder.resolve(FunctionName.check(name) + ".json");
    }

    private DeployedFunction read(byte[] bytes) {
        JsonNode json = Json.read(bytes);
        Fields fields = Fields.of(json);
        int version = fields.smallNumber("version").orElse(0);
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "it is of version " + version + ", and this Thaw reads version " + VERSION);
        }
        int generation = fields.smallNumber("generation").orElse(1);
        Instant createdAt = Instant.parse(fields.requiredText("created_at"));
        Instant deployedAt = Instant.parse(fields.requiredText("deployed_at"));
        fields.object("spec");
        ResolvedImage image = readImage(fields.object("image")
                .orElseThrow(() -> new IllegalArgumentException("The field 'image' is missing.")));
        fields.end();
        FunctionSpec spec = specs.read(json.path("spec"));
        return DeployedFunction.of(spec, generation, createdAt, deployedAt, image);
    }

    private static ObjectNode write(ResolvedImage image) {
        ObjectNode json = Json.object();
        json.put("digest", image.image().toString());
        json.put("rootfs", image.rootfs().toString());
        json.put("rootfs_digest", image.rootfsDigest().toString());
        json.put("rootfs_bytes", image.rootfsBytes());
        add(json.putArray("entrypoint"), image.entrypoint());
        add(json.putArray("cmd"), image.cmd());
        add(json.putArray("env"), image.env());
        json.put("user", image.user());
        json.put("working_directory", image.workingDirectory());
        json.put("stop_signal", image.stopSignal());
        return json;
    }

    private static void add(ArrayNode array, List<String> texts) {
        texts.forEach(array::add);
    }

    private static ResolvedImage readImage(Fields fields) {
        ResolvedImage image = new ResolvedImage(
                Digest.parse(fields.requiredText("digest")),
                Path.of(fields.requiredText("rootfs")),
                Digest.parse(fields.requiredText("rootfs_digest")),
                fields.wholeNumber("rootfs_bytes").orElse(0L),
                fields.texts("entrypoint"),
                fields.texts("cmd"),
                fields.texts("env"),
                fields.requiredText("user"),
                fields.requiredText("working_directory"),
                fields.requiredText("stop_signal"));
        fields.end();
        return image;
    }
}
