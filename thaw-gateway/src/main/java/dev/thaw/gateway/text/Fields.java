package dev.thaw.gateway.text;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads a JSON object that a user wrote. Everything wrong with it is an {@link IllegalArgumentException} that says what and where. */
public final class Fields {
    private final ObjectNode node;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(ObjectNode node) {
        this.node = requireNonNull(node, "node is null");
    }

    public static Fields of(JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            throw new IllegalArgumentException(
                    "A JSON object is expected, as in {\"name\": \"hello\", \"image\": \"sample:hello-c\"}.");
        }
        return new Fields(object);
    }

    private Optional<JsonNode> field(String name) {
        known.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    public Optional<String> text(String name) {
        return field(name).map(value -> {
            if (!value.isString()) {
                throw wrong(name, "a text");
            }
            return value.stringValue();
        });
    }

    public String requiredText(String name) {
        return text(name).orElseThrow(() -> new IllegalArgumentException("The field '" + name + "' is missing."));
    }

    public Optional<Long> wholeNumber(String name) {
        return field(name).map(value -> {
            if (!value.isIntegralNumber() || !value.canConvertToLong()) {
                throw wrong(name, "a whole number");
            }
            return value.longValue();
        });
    }

    public Optional<Integer> smallNumber(String name) {
        return wholeNumber(name).map(value -> {
            if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("The field '" + name + "' is out of range: " + value + ".");
            }
            return value.intValue();
        });
    }

    public Optional<Double> number(String name) {
        return field(name).map(value -> {
            if (!value.isNumber()) {
                throw wrong(name, "a number");
            }
            return value.doubleValue();
        });
    }

    public Optional<Boolean> flag(String name) {
        return field(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrong(name, "true or false");
            }
            return value.booleanValue();
        });
    }

    public List<String> texts(String name) {
        return field(name)
                .map(value -> {
                    List<String> texts = new ArrayList<>();
                    if (!value.isArray()) {
                        throw wrong(name, "a list of texts");
                    }
                    value.forEach(item -> {
                        if (!item.isString()) {
                            throw wrong(name, "a list of texts");
                        }
                        texts.add(item.stringValue());
                    });
                    return texts;
                })
                .orElse(List.of());
    }

    public Map<String, String> textsByName(String name) {
        return field(name)
                .map(value -> {
                    Map<String, String> texts = new LinkedHashMap<>();
                    if (!(value instanceof ObjectNode object)) {
                        throw wrong(name, "an object of texts");
                    }
                    object.properties().forEach(entry -> {
                        if (!entry.getValue().isString()) {
                            throw wrong(name, "an object of texts");
                        }
                        texts.put(entry.getKey(), entry.getValue().stringValue());
                    });
                    return texts;
                })
                .orElse(Map.of());
    }

    public Optional<Fields> object(String name) {
        return field(name).map(Fields::of);
    }

    /** To be called last: a field that nobody asked for is an error. */
    public void end() {
        for (String name : node.propertyNames()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("Unknown field '" + name + "'." + Nearest.hint(name, known)
                        + " Fields are " + String.join(", ", known) + ".");
            }
        }
    }

    private static IllegalArgumentException wrong(String name, String expected) {
        return new IllegalArgumentException("The field '" + name + "' must be " + expected + ".");
    }
}
