package dev.thaw.cli.bench.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.DataSize;
import dev.thaw.store.HostFit;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
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
 * @param rootfs digest of the root file system
 * @param fit where it can be thawed
 */
public record FrozenFunction(
        Path folder,
        String name,
        Digest image,
        Digest kernel,
        Digest initramfs,
        Digest rootfs,
        HostFit fit,
        Instant frozenAt) {
    private static final String RECORD = "frozen.json";

    public FrozenFunction {
        requireNonNull(folder, "folder is null");
        requireNonNull(name, "name is null");
        requireNonNull(image, "image is null");
        requireNonNull(kernel, "kernel is null");
        requireNonNull(initramfs, "initramfs is null");
        requireNonNull(rootfs, "rootfs is null");
        requireNonNull(fit, "fit is null");
        requireNonNull(frozenAt, "frozenAt is null");
    }

    static Path memory(Path folder) {
        return folder.resolve("memory");
    }

    static Path state(Path folder) {
        return folder.resolve("state");
    }

    static Path rootfs(Path folder) {
        return folder.resolve("rootfs");
    }

    /** Whether a whole one is there. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(RECORD));
    }

    /** All that is published of it, and the record that says what it is. */
    List<Path> files() {
        return List.of(memory(folder), state(folder), rootfs(folder), folder.resolve(RECORD));
    }

    /** What is published of it in a trust domain. */
    public SnapshotDraft draft(String trustDomain) {
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
        return SnapshotDraft.of(
                identity, fit, name + "-00001", frozenAt, memory(folder), state(folder), rootfs(folder), rootfs);
    }

    void write() throws IOException {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("name", name);
        json.put("image", image.toString());
        json.put("kernel", kernel.toString());
        json.put("initramfs", initramfs.toString());
        json.put("rootfs", rootfs.toString());
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
                    digest(json, "rootfs"),
                    fit,
                    Instant.parse(json.get("frozen_at").stringValue()));
        } catch (JacksonException | NullPointerException | IllegalArgumentException e) {
            throw new IOException(file + " is not of this benchmark: " + e.getMessage() + ". Remove its folder.", e);
        }
    }

    private static Digest digest(JsonNode json, String name) {
        return Digest.parse(json.get(name).stringValue());
    }
}
