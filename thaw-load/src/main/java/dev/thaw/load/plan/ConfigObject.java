package dev.thaw.load.plan;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** A flat JSON object that knows where each of its keys stands. */
final class ConfigObject {
    private final String file;
    private final Map<String, Value> values;

    private ConfigObject(String file, Map<String, Value> values) {
        this.file = file;
        this.values = values;
    }

    /** @param value a String, Long, Double, Boolean, or null for JSON's null */
    private record Value(@Nullable Object value, int line, int column) {}

    static ConfigObject parse(String file, String text) {
        Map<String, Value> values = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw at(file, parser.currentTokenLocation(), "is not a JSON object. Begin with '{'.");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                TokenStreamLocation where = parser.currentTokenLocation();
                if (values.containsKey(key)) {
                    throw at(file, where, key + ": is there twice.");
                }
                values.put(key, new Value(scalar(file, key, parser), where.getLineNr(), where.getColumnNr()));
            }
            if (parser.nextToken() != null) {
                throw at(file, parser.currentTokenLocation(), "text follows the JSON object.");
            }
        } catch (JacksonException e) {
            throw new ConfigException(
                    file + ":" + position(e.getLocation()) + ": is not JSON: " + e.getOriginalMessage(), e);
        }
        return new ConfigObject(file, values);
    }

    private static @Nullable Object scalar(String file, String key, JsonParser parser) {
        return switch (parser.nextToken()) {
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> {
                if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                    throw at(file, parser.currentTokenLocation(), key + ": the number is too large.");
                }
                yield parser.getLongValue();
            }
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default ->
                throw at(
                        file,
                        parser.currentTokenLocation(),
                        key + ": must be a text, a number, true or false, not an object or a list.");
        };
    }

    private static ConfigException at(String file, TokenStreamLocation where, String message) {
        return new ConfigException(file + ":" + position(where) + ": " + message);
    }

    private static String position(TokenStreamLocation where) {
        // Before the first character the parser counts columns from 0.
        return where.getLineNr() + ":" + Math.max(1, where.getColumnNr());
    }

    Set<String> keys() {
        return values.keySet();
    }

    /** Whether a key's value is the one that switches it off: false, 0, an empty text or null. */
    boolean isOff(String key) {
        Value value = values.get(key);
        return value == null
                || value.value == null
                || value.value.equals(false)
                || value.value.equals("")
                || value.value instanceof Number number && number.doubleValue() == 0;
    }

    ConfigException error(String key, String message) {
        Value value = values.get(key);
        return new ConfigException(
                file + (value == null ? "" : ":" + value.line + ":" + value.column) + ": " + key + ": " + message);
    }

    String text(String key, String otherwise) {
        return switch (raw(key)) {
            case null -> otherwise;
            case String text when !text.isBlank() -> text;
            default -> throw error(key, "must be a text that is not empty.");
        };
    }

    boolean flag(String key, boolean otherwise) {
        return switch (raw(key)) {
            case null -> otherwise;
            case Boolean flag -> flag;
            default -> throw error(key, "must be true or false.");
        };
    }

    long wholeNumber(String key, long otherwise, long least, long most) {
        return switch (raw(key)) {
            case null -> otherwise;
            case Long number when number >= least && number <= most -> number;
            default -> throw error(key, "must be a whole number from " + least + " to " + most + ".");
        };
    }

    double number(String key, double otherwise, double least, double most) {
        return switch (raw(key)) {
            case null -> otherwise;
            case Number number
            when number.doubleValue() >= least && number.doubleValue() <= most -> number.doubleValue();
            default -> throw error(key, "must be a number from " + (long) least + " to " + (long) most + ".");
        };
    }

    <T> T choice(String key, Map<String, T> choices, String otherwise) {
        String chosen = text(key, otherwise);
        T value = choices.get(chosen);
        if (value == null) {
            throw error(
                    key,
                    "'" + chosen + "' is not one of " + String.join(", ", new TreeSet<>(choices.keySet()))
                            + ". The nearest is '" + Nearest.of(chosen, choices.keySet()) + "'.");
        }
        return value;
    }

    private @Nullable Object raw(String key) {
        Value value = values.get(key);
        return value == null ? null : value.value;
    }
}
