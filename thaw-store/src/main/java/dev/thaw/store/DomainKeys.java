package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.key.KeyService;
import dev.thaw.store.object.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The document {@code keys/<folder>}: a trust domain's name and its wrapped data keys, oldest first. */
record DomainKeys(String domain, List<Epoch> epochs) {
    static final int MAX_BYTES = 256 << 10;

    private static final int MAX_EPOCHS = 1000;
    private static final String FORMAT = "thaw.keys";
    private static final int VERSION = 1;

    /** A data key. */
    record Epoch(int number, Instant created, KeyService.WrappedKey key) {}

    DomainKeys {
        requireNonNull(domain, "domain is null");
        epochs = List.copyOf(epochs);
    }

    byte[] encode() {
        ObjectNode json = JsonFields.newObject()
                .put("format", FORMAT)
                .put("version", VERSION)
                .put("domain", domain);
        ArrayNode list = json.putArray("epochs");
        for (Epoch epoch : epochs) {
            list.addObject()
                    .put("number", epoch.number())
                    .put("created_at", epoch.created().toString())
                    .put("wrapped_by", epoch.key().wrappedBy())
                    .put(
                            "wrapped_key",
                            Base64.getEncoder().encodeToString(epoch.key().bytes()));
        }
        return JsonFields.encode(json);
    }

    static DomainKeys decode(byte[] bytes) throws StoreException {
        JsonFields fields =
                JsonFields.parse("document of keys", bytes, MAX_BYTES).requireFormat(FORMAT, VERSION);
        String domain = fields.text("domain");
        List<Epoch> epochs = new ArrayList<>();
        for (JsonFields epoch : fields.objects("epochs", MAX_EPOCHS)) {
            if (epoch.number("number") != epochs.size() + 1) {
                throw fields.corrupt("does not count its epochs from 1 on");
            }
            epochs.add(new Epoch(
                    epochs.size() + 1,
                    epoch.time("created_at"),
                    new KeyService.WrappedKey(epoch.text("wrapped_by"), epoch.bytes("wrapped_key"))));
            epoch.end();
        }
        fields.end();
        if (epochs.isEmpty()) {
            throw fields.corrupt("has no key");
        }
        return new DomainKeys(domain, epochs);
    }
}
