package dev.thaw.gateway.observe;

import dev.thaw.cache.ThawReads;
import dev.thaw.gateway.text.Json;
import dev.thaw.node.FreezeRecord;
import dev.thaw.node.StartRecord;
import dev.thaw.sandbox.Phase;
import java.util.EnumMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Starts and freezes as JSON. */
public final class Records {
    private Records() {}

    public static ObjectNode json(StartRecord start) {
        ObjectNode json = Json.object();
        json.put("at", start.at().toString());
        json.put("worker", start.worker());
        json.put("function", start.function());
        json.put("revision", start.revision());
        json.put("instance", start.instance());
        json.put("start", start.kind().label());
        json.put("reason", start.reason());
        if (!start.failure().isEmpty()) {
            json.put("failure", start.failure());
        }
        json.put(
                "total_ms",
                Json.millis(start.phasesMillis().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sum()));
        json.set("phases_ms", phases(start.phasesMillis()));
        json.put("fetched_bytes", start.fetchedBytes());
        json.put("snapshot_bytes", start.snapshotBytes());
        return json;
    }

    /** What came behind a thaw. */
    public static ObjectNode json(ThawReads reads) {
        ObjectNode json = Json.object();
        ObjectNode kinds = json.putObject("reads");
        reads.reads()
                .forEach((kind, count) -> kinds.putObject(kind.label())
                        .put("count", count.reads())
                        .put("total_ms", Json.millis(count.millis()))
                        .put("longest_ms", Json.millis(count.longestMillis())));
        ObjectNode bytes = json.putObject("bytes");
        reads.bytes().forEach((source, count) -> bytes.put(source.label(), count));
        json.put("hot_blocks", reads.hotBlocks());
        json.put("missed_blocks", reads.missedBlocks());
        reads.touched().ifPresent(touched -> json.put("touched_blocks", touched.blocks()));
        reads.precision().ifPresent(part -> json.put("precision", part));
        reads.recall().ifPresent(part -> json.put("recall", part));
        return json;
    }

    public static ObjectNode json(FreezeRecord freeze) {
        ObjectNode json = Json.object();
        json.put("worker", freeze.worker());
        json.put("function", freeze.function());
        json.put("revision", freeze.revision());
        json.put("instance", freeze.instance());
        json.put("snapshot", freeze.snapshot().toString());
        json.put("logical_bytes", freeze.logicalBytes());
        json.put("dense_bytes", freeze.denseBytes());
        json.put("standstill_ms", Json.millis(freeze.standstill().toNanos() / 1e6));
        json.put("publish_ms", Json.millis(freeze.publish().toNanos() / 1e6));
        return json;
    }

    public static ObjectNode json(History.Failure failure) {
        ObjectNode json = Json.object();
        json.put("at", failure.at().toString());
        json.put("worker", failure.worker());
        json.put("revision", failure.revision());
        json.put("instance", failure.instance());
        json.put("what", failure.what());
        json.put("why", failure.why());
        return json;
    }

    /** In the order of the phases. */
    public static ObjectNode phases(Map<Phase, Double> millis) {
        ObjectNode json = Json.object();
        Map<Phase, Double> ordered = new EnumMap<>(Phase.class);
        ordered.putAll(millis);
        ordered.forEach((phase, value) -> json.put(phase.label(), Json.millis(value)));
        return json;
    }
}
