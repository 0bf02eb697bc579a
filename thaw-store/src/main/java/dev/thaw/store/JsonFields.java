package dev.thaw.store;

import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a JSON object that must have exactly the fields asked for. Everything wrong with it is a {@code CORRUPT}
 * {@link StoreException} that names the document and the field; hostile depth, length and numbers are refused.
 */
final class JsonFields {
    private static final int MAX_DEPTH = 8;
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(20)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    private final String document;
    private final ObjectNode node;
    private final Set<String> unread;

    private JsonFields(String document, JsonNode node) throws StoreException {
        this.document = document;
        if (!(node instanceof ObjectNode object)) {
            throw corrupt("is not a JSON object");
        }
        this.node = object;
        this.unread = new LinkedHashSet<>(object.propertyNames());
    }

    /** @param document how messages call it */
    static JsonFields parse(String document, byte[] bytes, int limitBytes) throws StoreException {
        if (bytes.length > limitBytes) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "The " + document + " has " + bytes.length + " bytes where at most " + limitBytes + " belong.");
        }
        try {
            return new JsonFields(document, MAPPER.readTree(new String(bytes, StandardCharsets.UTF_8)));
        } catch (JacksonException e) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "The " + document + " is not JSON that can be read: " + e.getOriginalMessage(),
                    e);
        }
    }

    static ObjectNode newObject() {
        return MAPPER.createObjectNode();
    }

    static byte[] encode(ObjectNode node) {
        return (MAPPER.writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Checks the fields {@code format} and {@code version}, which every document of ours begins with. */
    JsonFields requireFormat(String format, int version) throws StoreException {
        if (!text("format").equals(format)) {
            throw corrupt("is not of the format " + format);
        }
        long found = number("version");
        if (found != version) {
            throw new StoreException(
                    StoreException.Code.UNSUPPORTED,
                    "The " + document + " is of version " + found + "; this Thaw reads version " + version
                            + ". Use a Thaw that is as new as the one that published it, or publish again.");
        }
        return this;
    }

    String text(String name) throws StoreException {
        JsonNode value = field(name);
        if (!value.isString()) {
            throw corrupt("has a field '" + name + "' that is not a text");
        }
        return value.stringValue();
    }

    long number(String name) throws StoreException {
        JsonNode value = field(name);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw corrupt("has a field '" + name + "' that is not a whole number from 0 on");
        }
        return value.longValue();
    }

    Digest digest(String name) throws StoreException {
        try {
            return Digest.parse(text(name));
        } catch (IllegalArgumentException e) {
            throw corrupt("has a field '" + name + "' that is not a digest");
        }
    }

    Instant time(String name) throws StoreException {
        try {
            return Instant.parse(text(name));
        } catch (DateTimeException e) {
            throw corrupt("has a field '" + name + "' that is not a time");
        }
    }

    boolean has(String name) {
        return node.has(name);
    }

    Optional<Long> optionalNumber(String name) throws StoreException {
        return node.has(name) ? Optional.of(number(name)) : Optional.empty();
    }

    JsonFields object(String name) throws StoreException {
        return new JsonFields(document, field(name));
    }

    /** Up to {@code limit} objects. */
    List<JsonFields> objects(String name, int limit) throws StoreException {
        JsonNode value = field(name);
        if (!value.isArray() || value.size() > limit) {
            throw corrupt("has a field '" + name + "' that is not a list of at most " + limit);
        }
        List<JsonFields> objects = new ArrayList<>();
        for (JsonNode element : value) {
            objects.add(new JsonFields(document, element));
        }
        return objects;
    }

    boolean flag(String name) throws StoreException {
        JsonNode value = field(name);
        if (!value.isBoolean()) {
            throw corrupt("has a field '" + name + "' that is neither true nor false");
        }
        return value.booleanValue();
    }

    /** Bytes in base 64. */
    byte[] bytes(String name) throws StoreException {
        try {
            return Base64.getDecoder().decode(text(name));
        } catch (IllegalArgumentException e) {
            throw corrupt("has a field '" + name + "' that is not in base 64");
        }
    }

    /** To be called last: a field that nobody asked for is an error. */
    void end() throws StoreException {
        if (!unread.isEmpty()) {
            throw corrupt("has an unknown field '" + unread.iterator().next() + "'");
        }
    }

    StoreException corrupt(String what) {
        return new StoreException(StoreException.Code.CORRUPT, "The " + document + " " + what + ".");
    }

    private JsonNode field(String name) throws StoreException {
        JsonNode value = node.get(name);
        if (value == null) {
            throw corrupt("has no field '" + name + "'");
        }
        unread.remove(name);
        return value;
    }
}
