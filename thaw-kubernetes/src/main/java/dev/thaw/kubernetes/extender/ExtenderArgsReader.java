package dev.thaw.kubernetes.extender;

import dev.thaw.kubernetes.extender.PodFacts.ContainerFacts;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the scheduler's ExtenderArgs as they arrive, keeping only what placement looks at. Nodes come as names
 * ({@code nodeCacheCapable: true}) or as whole objects, of which only the names are kept.
 */
final class ExtenderArgsReader {
    private final JsonFactory factory;

    /** @param maxBytes the longest request that is read to its end */
    ExtenderArgsReader(long maxBytes) {
        factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxDocumentLength(maxBytes)
                        .maxNestingDepth(100)
                        .maxStringLength(2_000_000)
                        .maxNameLength(10_000)
                        .build())
                .build();
    }

    /**
     * Reads one request.
     *
     * @param candidates filled with the nodes' names, in order
     * @return the pod
     * @throws JacksonException where the text is not JSON, or is too long
     * @throws IllegalArgumentException where it is JSON of another form
     */
    PodFacts read(InputStream body, Candidates candidates) {
        candidates.clear();
        PodFacts pod = null;
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), body)) {
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "the request");
            for (String field = parser.nextName(); field != null; field = parser.nextName()) {
                JsonToken value = parser.nextToken();
                switch (field.toLowerCase(Locale.ROOT)) {
                    case "pod" -> pod = pod(parser, value);
                    case "nodenames" -> names(parser, value, candidates);
                    case "nodes" -> nodes(parser, value, candidates);
                    default -> parser.skipChildren();
                }
            }
            expect(parser, parser.currentToken(), JsonToken.END_OBJECT, "the end of the request");
        }
        if (pod == null) {
            throw new IllegalArgumentException("the request has no Pod");
        }
        return pod;
    }

    private static void names(JsonParser parser, JsonToken value, Candidates candidates) {
        if (value == JsonToken.VALUE_NULL) {
            return;
        }
        expect(parser, value, JsonToken.START_ARRAY, "NodeNames");
        for (JsonToken name = parser.nextToken(); name != JsonToken.END_ARRAY; name = parser.nextToken()) {
            expect(parser, name, JsonToken.VALUE_STRING, "a node's name");
            candidates.add(parser.getStringCharacters(), parser.getStringOffset(), parser.getStringLength());
        }
    }

    private static void nodes(JsonParser parser, JsonToken value, Candidates candidates) {
        eachField(parser, value, "Nodes", (field, items) -> {
            if (field.equals("items")) {
                eachItem(
                        parser,
                        items,
                        "Nodes.items",
                        node -> eachField(parser, node, "a node", (part, metadata) -> {
                            if (part.equals("metadata")) {
                                eachField(parser, metadata, "a node's metadata", (key, name) -> {
                                    if (key.equals("name")) {
                                        expect(parser, name, JsonToken.VALUE_STRING, "a node's name");
                                        candidates.add(
                                                parser.getStringCharacters(),
                                                parser.getStringOffset(),
                                                parser.getStringLength());
                                    } else {
                                        parser.skipChildren();
                                    }
                                });
                            } else {
                                parser.skipChildren();
                            }
                        }));
            } else {
                parser.skipChildren();
            }
        });
    }

    private static PodFacts pod(JsonParser parser, JsonToken value) {
        PodBuilder pod = new PodBuilder();
        eachField(parser, value, "Pod", (field, part) -> {
            switch (field) {
                case "metadata" -> eachField(parser, part, "Pod.metadata", pod.metadata(parser));
                case "spec" -> eachField(parser, part, "Pod.spec", pod.spec(parser));
                default -> parser.skipChildren();
            }
        });
        return pod.build();
    }

    private static final class PodBuilder {
        private final Map<String, String> texts = new HashMap<>();
        private Map<String, String> labels = Map.of();
        private Map<String, String> annotations = Map.of();
        private @Nullable String runtimeClass;
        private final List<ContainerFacts> containers = new ArrayList<>();

        FieldReader metadata(JsonParser parser) {
            return (field, value) -> {
                switch (field) {
                    case "namespace", "name", "uid" -> texts.put(field, text(parser, value));
                    case "labels" -> labels = strings(parser, value);
                    case "annotations" -> annotations = strings(parser, value);
                    default -> parser.skipChildren();
                }
            };
        }

        FieldReader spec(JsonParser parser) {
            return (field, value) -> {
                switch (field) {
                    case "runtimeClassName" -> runtimeClass = text(parser, value);
                    case "containers" ->
                        eachItem(parser, value, "containers", item -> containers.add(container(parser, item)));
                    default -> parser.skipChildren();
                }
            };
        }

        PodFacts build() {
            return new PodFacts(
                    texts.getOrDefault("namespace", ""),
                    texts.getOrDefault("name", ""),
                    texts.getOrDefault("uid", ""),
                    labels,
                    annotations,
                    runtimeClass,
                    containers);
        }
    }

    private static ContainerFacts container(JsonParser parser, JsonToken token) {
        Map<String, String> texts = new HashMap<>();
        List<String> command = new ArrayList<>();
        List<String> arguments = new ArrayList<>();
        Map<String, String> limits = new HashMap<>();
        Map<String, String> requests = new HashMap<>();
        eachField(parser, token, "a container", (field, value) -> {
            switch (field) {
                case "name", "image" -> texts.put(field, text(parser, value));
                case "command" -> eachItem(parser, value, field, word -> command.add(text(parser, word)));
                case "args" -> eachItem(parser, value, field, word -> arguments.add(text(parser, word)));
                case "resources" ->
                    eachField(parser, value, field, (kind, amounts) -> {
                        switch (kind) {
                            case "limits" -> limits.putAll(strings(parser, amounts));
                            case "requests" -> requests.putAll(strings(parser, amounts));
                            default -> parser.skipChildren();
                        }
                    });
                default -> parser.skipChildren();
            }
        });
        limits.putAll(requests);
        return new ContainerFacts(
                texts.getOrDefault("name", ""), texts.getOrDefault("image", ""), command, arguments, limits);
    }

    private static Map<String, String> strings(JsonParser parser, JsonToken token) {
        Map<String, String> strings = new HashMap<>();
        eachField(parser, token, "a map of texts", (field, value) -> strings.put(field, text(parser, value)));
        return strings;
    }

    private static String text(JsonParser parser, JsonToken token) {
        // Quantities may be written as bare numbers.
        if (token == JsonToken.VALUE_NULL) {
            return "";
        }
        if (!token.isScalarValue()) {
            throw new IllegalArgumentException(parser.currentName() + " is not a text");
        }
        return parser.getString();
    }

    private interface FieldReader {
        /** Reads the whole value. */
        void read(String field, JsonToken value);
    }

    private interface ItemReader {
        void read(JsonToken item);
    }

    private static void eachField(JsonParser parser, JsonToken token, String what, FieldReader reader) {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        expect(parser, token, JsonToken.START_OBJECT, what);
        for (String field = parser.nextName(); field != null; field = parser.nextName()) {
            reader.read(field, parser.nextToken());
        }
        expect(parser, parser.currentToken(), JsonToken.END_OBJECT, what);
    }

    private static void eachItem(JsonParser parser, JsonToken token, String what, ItemReader reader) {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        expect(parser, token, JsonToken.START_ARRAY, what);
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            if (item == null) {
                throw new IllegalArgumentException(what + " has no end");
            }
            reader.read(item);
        }
    }

    private static void expect(JsonParser parser, @Nullable JsonToken token, JsonToken expected, String what) {
        if (token != expected) {
            throw new IllegalArgumentException("%s: expected %s, not %s, at %s"
                    .formatted(
                            what, expected, token, parser.currentTokenLocation().offsetDescription()));
        }
    }
}
