package dev.thaw.store;

import dev.thaw.store.object.StoreException;
import java.util.Arrays;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * A manifest as JSON. The bytes are canonical: one manifest has one encoding, and decoding accepts nothing else, so that
 * the digest of the bytes names the snapshot.
 */
public final class ManifestCodec {
    /** Far more than any manifest of this version takes. */
    public static final int MAX_BYTES = 64 << 10;

    private static final String FORMAT = "thaw.manifest";
    private static final int VERSION = 1;

    private ManifestCodec() {}

    public static byte[] encode(Manifest manifest) {
        return JsonFields.encode(toJson(manifest));
    }

    /**
     * @throws StoreException {@code UNSUPPORTED} when another version of Thaw wrote it, {@code CORRUPT} for whatever
     *     else is wrong with it
     */
    public static Manifest decode(byte[] bytes) throws StoreException {
        Manifest manifest = fromJson(JsonFields.parse("manifest", bytes, MAX_BYTES));
        if (!Arrays.equals(bytes, encode(manifest))) {
            throw new StoreException(StoreException.Code.CORRUPT, "The manifest is not written as Thaw writes it.");
        }
        return manifest;
    }

    static ObjectNode toJson(Manifest manifest) {
        ObjectNode json = JsonFields.newObject()
                .put("format", FORMAT)
                .put("version", VERSION)
                .put("identity", manifest.identity().toString())
                .put("image", manifest.image().toString())
                .put("trust_domain", manifest.trustDomain())
                .put("revision", manifest.revision())
                .put("frozen_at", manifest.frozenAt().toString());
        json.set("fit", fitToJson(manifest.fit()));
        manifest.parts().forEach(part -> json.set(part.kind().label(), partToJson(part)));
        return json;
    }

    static Manifest fromJson(JsonFields fields) throws StoreException {
        fields.requireFormat(FORMAT, VERSION);
        String trustDomain = fields.text("trust_domain");
        Manifest manifest = new Manifest(
                fields.digest("identity"),
                fields.digest("image"),
                trustDomain,
                fitFromJson(fields.object("fit")),
                fields.text("revision"),
                fields.time("frozen_at"),
                partFromJson(fields, PartKind.MEMORY, trustDomain),
                partFromJson(fields, PartKind.STATE, trustDomain),
                partFromJson(fields, PartKind.ROOTFS, trustDomain));
        fields.end();
        return manifest;
    }

    private static ObjectNode fitToJson(HostFit fit) {
        ObjectNode json = JsonFields.newObject()
                .put("sandbox", fit.sandbox())
                .put("sandbox_version", fit.sandboxVersion())
                .put("cpu", fit.cpu())
                .put("memory_bytes", fit.memory().bytes())
                .put("vcpus", fit.vcpus())
                .put("devices", fit.devices().toString());
        fit.tscKhz().ifPresent(khz -> json.put("tsc_khz", khz));
        return json;
    }

    private static HostFit fitFromJson(JsonFields fields) throws StoreException {
        long vcpus = fields.number("vcpus");
        if (vcpus > Integer.MAX_VALUE) {
            throw fields.corrupt("has an impossible number of processors");
        }
        HostFit fit = new HostFit(
                fields.text("sandbox"),
                fields.text("sandbox_version"),
                fields.text("cpu"),
                new DataSize(fields.number("memory_bytes")),
                (int) vcpus,
                fields.digest("devices"),
                fields.optionalNumber("tsc_khz").map(OptionalLong::of).orElse(OptionalLong.empty()));
        fields.end();
        return fit;
    }

    private static ObjectNode partToJson(Part part) {
        return JsonFields.newObject()
                .put("digest", part.digest().toString())
                .put("size_bytes", part.sizeBytes())
                .put("dense_bytes", part.denseBytes());
    }

    private static Part partFromJson(JsonFields fields, PartKind kind, String trustDomain) throws StoreException {
        JsonFields part = fields.object(kind.label());
        Part result = new Part(
                kind, trustDomain, part.digest("digest"), part.number("size_bytes"), part.number("dense_bytes"));
        part.end();
        return result;
    }
}
