package dev.thaw.kubernetes.resource;

import dev.thaw.node.placement.NodeLoad;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link NodeSnapshotCache} without trusting it. It is read from the generic form, so that a field of a wrong type is
 * one node's fault and not the end of the whole list; the schema stops such objects, but an old schema may not.
 */
public final class NodeReportReader {
    /** More than any machine has; beyond it a number is nonsense, and sums of it could overflow. */
    private static final long SANE_BYTES = 1L << 53;

    private NodeReportReader() {}

    /** @throws IllegalArgumentException where the object is not what a node of Thaw writes; the message says which field */
    public static NodeReport read(GenericKubernetesResource resource) {
        String node = resource.getMetadata().getName();
        List<OwnerReference> owners = resource.getMetadata().getOwnerReferences();
        if (owners == null
                || owners.size() != 1
                || !"Node".equals(owners.getFirst().getKind())
                || !node.equals(owners.getFirst().getName())) {
            throw new IllegalArgumentException("its owner is not the node " + node);
        }
        Map<?, ?> status = map(resource.getAdditionalProperties().get("status"), "status");
        long memory = bytes(status, "memoryBytes");
        NodeLoad load = new NodeLoad(
                milliCores(status) / 1000.0,
                memory,
                Math.min(bytes(status, "freeMemoryBytes"), memory),
                (int) number(status, "runningThaws", 1_000_000),
                bytes(status, "freeBytes"));
        return new NodeReport(node, heartbeat(status), text(status, "hostClass"), load, held(status));
    }

    private static HeldSnapshots held(Map<?, ?> status) {
        Object listed = status.get("snapshots");
        List<?> entries =
                listed == null ? List.of() : listed instanceof List<?> list ? list : List.of(fail("snapshots", listed));
        Object digestObject = status.get("digest");
        ByteBuffer digest = ByteBuffer.allocate(0);
        if (digestObject != null) {
            Map<?, ?> fields = map(digestObject, "digest");
            digest = DigestCodec.decode((int) number(fields, "count", DigestCodec.LIMIT), text(fields, "entries"));
        }
        int count = entries.size() + digest.remaining() / Long.BYTES;
        long[] keys = new long[count];
        long[] present = new long[count];
        long[] total = new long[count];
        int size = 0;
        // The digest first: where both have a snapshot, the exact entry counts.
        while (digest.hasRemaining()) {
            long entry = digest.getLong();
            keys[size] = DigestCodec.key(entry);
            present[size] = DigestCodec.presentBytes(entry);
            total[size++] = DigestCodec.workingSetBytes(entry);
        }
        for (Object listedEntry : entries) {
            Map<?, ?> entry = map(listedEntry, "snapshots");
            keys[size] = SnapshotKey.of(text(entry, "id"));
            present[size] = bytes(entry, "workingSetPresentBytes");
            total[size++] = bytes(entry, "workingSetBytes");
        }
        return HeldSnapshots.sorted(keys, present, total, size);
    }

    private static Instant heartbeat(Map<?, ?> status) {
        try {
            return Instant.parse(text(status, "heartbeat"));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("heartbeat is not a time", e);
        }
    }

    private static Map<?, ?> map(@Nullable Object value, String name) {
        return value instanceof Map<?, ?> map ? map : Map.of(fail(name, value), "");
    }

    private static String text(Map<?, ?> fields, String name) {
        return fields.get(name) instanceof String text ? text : fail(name, fields.get(name));
    }

    private static long milliCores(Map<?, ?> status) {
        long cores = number(status, "idleMilliCores", 100_000_000);
        if (cores < NodeLoad.LEAST_CORES * 1000) {
            fail("idleMilliCores", cores);
        }
        return cores;
    }

    private static long bytes(Map<?, ?> fields, String name) {
        return number(fields, name, SANE_BYTES);
    }

    private static long number(Map<?, ?> fields, String name, long limit) {
        Object value = fields.get(name);
        long number = value instanceof Integer small ? small : value instanceof Long large ? large : -1;
        if (number < 0 || number > limit) {
            fail(name, value);
        }
        return number;
    }

    private static String fail(String name, @Nullable Object value) {
        throw new IllegalArgumentException(name + " is " + shorten(String.valueOf(value)));
    }

    private static String shorten(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
