package dev.thaw.gateway.api;

import dev.thaw.gateway.text.Json;
import dev.thaw.store.Collected;
import dev.thaw.store.Manifest;
import dev.thaw.store.Retention;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.StoreCheck;
import dev.thaw.store.StoreUsage;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A store's state as documents, the same from a daemon and from a store that is looked at without one. */
public final class StoreJson {
    private StoreJson() {}

    public static ObjectNode usage(String location, StoreUsage usage) {
        ObjectNode json = Json.object();
        json.put("store", location);
        json.put("stored_bytes", usage.storedBytes());
        json.put("unreachable_bytes", usage.unreachableBytes());
        json.set("total", share(usage.total()));
        shares(json.putArray("functions"), usage.functions());
        shares(json.putArray("domains"), usage.domains());
        return json;
    }

    private static void shares(ArrayNode array, List<StoreUsage.Share> shares) {
        for (StoreUsage.Share share : shares) {
            array.add(share(share));
        }
    }

    static ObjectNode share(StoreUsage.Share share) {
        ObjectNode json = Json.object();
        json.put("name", share.name());
        json.put("snapshots", share.snapshots());
        json.put("logical_bytes", share.logicalBytes());
        json.put("zero_bytes", share.zeroBytes());
        json.put("repeated_bytes", share.repeatedBytes());
        json.put("distinct_bytes", share.distinctBytes());
        json.put("stored_bytes", share.storedBytes());
        json.put("unique_bytes", share.uniqueBytes());
        return json;
    }

    /** Withdraws what is not to be kept, then collects. */
    public static ObjectNode upkeep(SnapshotStore store, Retention retention, Duration grace, boolean dryRun)
            throws StoreException {
        List<Manifest> withdrawn = store.retain(retention, dryRun, Cancellation.never());
        ObjectNode json = collected(store.location(), store.collect(grace, dryRun, Cancellation.never()), dryRun);
        ArrayNode list = json.putArray("withdrawn");
        for (Manifest manifest : withdrawn) {
            list.addObject().put("snapshot", manifest.id().toString()).put("revision", manifest.revision());
        }
        return json;
    }

    private static ObjectNode collected(String location, Collected collected, boolean dryRun) {
        ObjectNode json = Json.object();
        json.put("store", location);
        json.put("dry_run", dryRun);
        json.put("condemned", collected.condemned());
        json.put("condemned_bytes", collected.condemnedBytes());
        json.put("deleted", collected.deleted());
        json.put("deleted_bytes", collected.deletedBytes());
        return json;
    }

    public static ObjectNode check(String location, StoreCheck check) {
        ObjectNode json = Json.object();
        json.put("store", location);
        json.put("snapshots", check.snapshots());
        json.put("read_bytes", check.readBytes());
        ArrayNode findings = json.putArray("findings");
        for (StoreCheck.Finding finding : check.findings()) {
            ObjectNode one = findings.addObject();
            one.put("key", finding.key());
            one.put("text", finding.text());
            one.put("repaired", finding.repaired());
        }
        return json;
    }
}
