package dev.thaw.cli;

import dev.thaw.gateway.ConfigKey;
import dev.thaw.gateway.text.Nearest;
import dev.thaw.store.key.WrappingKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The daemon's settings from their three places: flags before environment before file. */
final class SettingSources {
    private static final String CONFIG_VARIABLE = "THAW_CONFIG";

    /** Variables that begin alike and are somebody else's: the client's, and those of the start script. */
    private static final List<String> OTHER_VARIABLES = List.of(
            CONFIG_VARIABLE, WrappingKeys.VARIABLE, "THAW_SERVER", "THAW_HOME", "THAW_JAVA_OPTIONS", "THAW_PACKAGES");

    private SettingSources() {}

    /**
     * @param flags by key
     * @param file named by a flag
     * @throws IllegalArgumentException with a text for the user
     */
    static Map<String, String> merge(Map<String, String> flags, Map<String, String> environment, @Nullable Path file) {
        Path chosen = file != null
                ? file
                : environment.containsKey(CONFIG_VARIABLE) ? Path.of(environment.get(CONFIG_VARIABLE)) : null;
        Map<String, String> settings = new LinkedHashMap<>();
        if (chosen != null) {
            settings.putAll(read(chosen));
        }
        Map<String, String> byVariable = new HashMap<>();
        Arrays.stream(ConfigKey.values()).forEach(key -> byVariable.put(key.variable(), key.key()));
        environment.forEach((name, value) -> {
            String key = byVariable.get(name);
            if (key != null) {
                settings.put(key, value);
            } else if (name.startsWith("THAW_") && !OTHER_VARIABLES.contains(name)) {
                throw new IllegalArgumentException(
                        "Unknown environment variable " + name + "." + Nearest.hint(name, byVariable.keySet()));
            }
        });
        settings.putAll(flags);
        return settings;
    }

    private static Map<String, String> read(Path file) {
        JsonNode tree;
        try {
            tree = new YAMLMapper().readTree(Files.readString(file));
        } catch (IOException e) {
            throw new IllegalArgumentException("The configuration file cannot be read: " + file, e);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + " is not YAML that can be read: " + e.getOriginalMessage(), e);
        }
        Map<String, String> settings = new LinkedHashMap<>();
        if (tree == null || tree.isMissingNode() || tree.isNull()) {
            return settings;
        }
        if (!(tree instanceof ObjectNode object)) {
            throw new IllegalArgumentException(file + " does not hold settings. Write lines as in: workers: 2");
        }
        object.properties().forEach(entry -> {
            if (!entry.getValue().isValueNode() || entry.getValue().isNull()) {
                throw new IllegalArgumentException(file + ": the setting '" + entry.getKey() + "' needs one value.");
            }
            settings.put(entry.getKey(), entry.getValue().asString());
        });
        return settings;
    }
}
