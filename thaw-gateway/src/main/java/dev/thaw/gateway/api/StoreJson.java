package dev.thaw.gateway.api;

import dev.thaw.gateway.text.Json;
import dev.thaw.store.Collected;
import dev.thaw.store.StoreCheck;
import dev.thaw.store.StoreUsage;
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
        shares(json.putArray("functions"), usage.functions());
        shares(json.putArray("domains"), usage.domains());
        return json;
    }

    private static void shares(ArrayNode array, List<StoreUsage.Share> shares) {
        for (StoreUsage.Share share : shares) {
            ObjectNode json = array.addObject();
            json.put("name", share.name());
            json.put("snapshots", share.snapshots());
            json.put("logical_bytes", share.logicalBytes());
            json.put("stored_bytes", share.storedBytes());
            json.put("unique_bytes", share.uniqueBytes());
        }
    }

    public static ObjectNode collected(String location, Collected collected, boolean dryRun) {
        ObjectNode json = Json.object();
        json.put("store", location);
        json.put("dry_run", dryRun);
        json.put("parts", collected.parts());
        json.put("bytes", collected.bytes());
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
