package dev.thaw.cli.bench.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.DataSize;
import dev.thaw.store.HostFit;
import dev.thaw.store.Part;
import dev.thaw.store.PartFile;
import dev.thaw.store.PartKind;
import dev.thaw.store.PartSource;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A function that was booted, invoked once and frozen, in a folder: the files {@code memory} (sparse, exactly as long as the guest's memory), {@code state} and
 * {@code rootfs}, and {@code frozen.json}, written last.
 *
 * @param contents of the three files
 * @param fit where it can be thawed
 */
public record FrozenFunction(
        Path folder,
        String name,
        Digest image,
        Digest kernel,
        Digest initramfs,
        Contents contents,
        HostFit fit,
        Instant frozenAt) {
    private static final String RECORD = "frozen.json";

    public FrozenFunction {
        requireNonNull(folder, "folder is null");
        requireNonNull(name, "name is null");
        requireNonNull(image, "image is null");
        requireNonNull(kernel, "kernel is null");
        requireNonNull(initramfs, "initramfs is null");
        requireNonNull(contents, "contents is null");
        requireNonNull(fit, "fit is null");
        requireNonNull(frozenAt, "frozenAt is null");
    }

    /**
     * What a worker's cache knows of the parts that it publishes from.
     *
     * @param memoryDenseBytes without the memory's blocks of zeros
     */
    public record Contents(Digest memory, long memoryDenseBytes, Digest state, Digest rootfs) {
        public Contents {
            requireNonNull(memory, "memory is null");
            requireNonNull(state, "state is null");
            requireNonNull(rootfs, "rootfs is null");
        }

        /** Reads memory and state for it, as a cache does while it takes them in. */
        static Contents of(Path folder, Digest rootfs) throws IOException {
            Part memory = PartFile.describe(PartKind.MEMORY, "", FrozenFunction.memory(folder), Cancellation.never());
            Part state = PartFile.describe(PartKind.STATE, "", FrozenFunction.state(folder), Cancellation.never());
            return new Contents(memory.digest(), memory.denseBytes(), state.digest(), rootfs);
        }
    }

    /** The same function, whose files are in another folder. */
    FrozenFunction in(Path other) {
        return new FrozenFunction(other, name, image, kernel, initramfs, contents, fit, frozenAt);
    }

    static Path memory(Path folder) {
        return folder.resolve("memory");
    }

    static Path state(Path folder) {
        return folder.resolve("state");
    }

    public static Path rootfs(Path folder) {
        return folder.resolve("rootfs");
    }

    /** Whether a whole one is there. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(RECORD));
    }

    /** All that is published of it. */
    List<Path> files() {
        return List.of(memory(folder), state(folder), rootfs(folder));
    }

    /** What is published of it in a trust domain. */
    public SnapshotDraft draft(String trustDomain) throws IOException {
        SnapshotIdentity identity = new SnapshotIdentity(
                image,
                kernel,
                initramfs,
                List.of(name),
                new TreeMap<>(),
                "",
                "/",
                FunctionFreezer.PORT,
                fit.memory(),
                fit.vcpus(),
                trustDomain);
        return new SnapshotDraft(
                identity,
                fit,
                name + "-00001",
                frozenAt,
                source(PartKind.MEMORY, trustDomain, memory(folder), contents.memory(), contents.memoryDenseBytes()),
                source(PartKind.STATE, trustDomain, state(folder), contents.state(), Files.size(state(folder))),
                source(PartKind.ROOTFS, trustDomain, rootfs(folder), contents.rootfs(), Files.size(rootfs(folder))));
    }

    private static PartSource source(PartKind kind, String trustDomain, Path file, Digest digest, long denseBytes) {
        return new PartSource(kind, trustDomain, file, Optional.of(digest), OptionalLong.of(denseBytes));
    }

    void write() throws IOException {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("name", name);
        json.put("image", image.toString());
        json.put("kernel", kernel.toString());
        json.put("initramfs", initramfs.toString());
        json.put("rootfs", contents.rootfs().toString());
        json.put("memory", contents.memory().toString());
        json.put("memory_dense_bytes", contents.memoryDenseBytes());
        json.put("state", contents.state().toString());
        json.put("frozen_at", frozenAt.toString());
        json.put("sandbox", fit.sandbox());
        json.put("sandbox_version", fit.sandboxVersion());
        json.put("cpu", fit.cpu());
        json.put("memory_bytes", fit.memory().bytes());
        json.put("vcpus", fit.vcpus());
        json.put("devices", fit.devices().toString());
        json.put("tsc_khz", fit.tscKhz().orElse(0));
        Files.writeString(folder.resolve(RECORD), json.toPrettyString(), StandardCharsets.UTF_8);
    }

    /** @throws IOException when what is there was not written by {@link #write} */
    static FrozenFunction read(Path folder) throws IOException {
        Path file = folder.resolve(RECORD);
        try {
            JsonNode json = JsonMapper.shared().readTree(Files.readString(file));
            long tsc = json.get("tsc_khz").longValue();
            HostFit fit = new HostFit(
                    json.get("sandbox").stringValue(),
                    json.get("sandbox_version").stringValue(),
                    json.get("cpu").stringValue(),
                    new DataSize(json.get("memory_bytes").longValue()),
                    json.get("vcpus").intValue(),
                    digest(json, "devices"),
                    tsc == 0 ? OptionalLong.empty() : OptionalLong.of(tsc));
            return new FrozenFunction(
                    folder,
                    json.get("name").stringValue(),
                    digest(json, "image"),
                    digest(json, "kernel"),
                    digest(json, "initramfs"),
                    contents(json, folder),
                    fit,
                    Instant.parse(json.get("frozen_at").stringValue()));
        } catch (JacksonException | NullPointerException | IllegalArgumentException e) {
            throw new IOException(file + " is not of this benchmark: " + e.getMessage() + ". Remove its folder.", e);
        }
    }

    /** Records of older versions do not tell all of it. */
    private static Contents contents(JsonNode json, Path folder) throws IOException {
        Digest rootfs = digest(json, "rootfs");
        return json.has("memory")
                ? new Contents(
                        digest(json, "memory"),
                        json.get("memory_dense_bytes").longValue(),
                        digest(json, "state"),
                        rootfs)
                : Contents.of(folder, rootfs);
    }

    private static Digest digest(JsonNode json, String name) {
        return Digest.parse(json.get(name).stringValue());
    }
}
