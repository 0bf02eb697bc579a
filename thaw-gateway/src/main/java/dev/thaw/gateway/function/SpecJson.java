package dev.thaw.gateway.function;

import dev.thaw.gateway.text.Fields;
import dev.thaw.gateway.text.Json;
import dev.thaw.gateway.text.Nearest;
import dev.thaw.node.Revision;
import dev.thaw.sandbox.Egress;
import dev.thaw.sandbox.MachineShape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A deployment's JSON: what the API takes, what it shows, and what lies on disk. */
public final class SpecJson {
    private final Duration defaultIdle;

    /** @param defaultIdle for functions that say nothing of it */
    public SpecJson(Duration defaultIdle) {
        this.defaultIdle = defaultIdle;
    }

    /** @throws IllegalArgumentException with a text for the user */
    public FunctionSpec read(JsonNode json) {
        Fields fields = Fields.of(json);
        String name = fields.requiredText("name");
        String image = fields.requiredText("image");
        long memory = fields.wholeNumber("memory_bytes").orElse(FunctionSpec.DEFAULT_MEMORY.bytes());
        int cpus = fields.smallNumber("cpus").orElse(1);
        int most = fields.smallNumber("max").orElse(FunctionSpec.DEFAULT_MOST_INSTANCES);
        Revision.Limits limits = new Revision.Limits(
                fields.smallNumber("concurrency").orElse(1),
                fields.smallNumber("min").orElse(0),
                most,
                fields.number("idle_ms")
                        .map(millis -> duration("idle_ms", millis))
                        .orElse(defaultIdle),
                fields.number("timeout_ms")
                        .map(millis -> duration("timeout_ms", millis))
                        .orElse(FunctionSpec.DEFAULT_TIMEOUT));
        FunctionSpec spec = new FunctionSpec(
                name,
                image,
                new MachineShape(memory, cpus, egress(fields.text("egress").orElse(Egress.NONE.label()))),
                fields.textsByName("env"),
                fields.smallNumber("port").orElse(FunctionSpec.DEFAULT_PORT),
                fields.texts("args"),
                limits,
                fields.text("domain").orElse(FunctionSpec.DEFAULT_DOMAIN),
                fields.text("kernel").map(SpecJson::absolute),
                fields.flag("snapshot").orElse(true));
        fields.end();
        return spec;
    }

    private static Duration duration(String field, double millis) {
        if (!(millis >= 0) || millis > 1e12) {
            throw new IllegalArgumentException(
                    "The field '" + field + "' is " + millis + "; it must be from 0 to 1e12 milliseconds.");
        }
        return Duration.ofNanos(Math.round(millis * 1e6));
    }

    private static Path absolute(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(
                    "The kernel's path must be absolute, for the daemon may run in another folder: '" + text + "'.");
        }
        return path;
    }

    private static Egress egress(String text) {
        List<String> labels = Stream.of(Egress.values()).map(Egress::label).toList();
        int index = labels.indexOf(text);
        if (index < 0) {
            throw new IllegalArgumentException("Not an egress: '" + text + "'." + Nearest.hint(text, labels)
                    + " It is one of " + String.join(", ", labels) + ".");
        }
        return Egress.values()[index];
    }

    public ObjectNode write(FunctionSpec spec) {
        ObjectNode json = Json.object();
        json.put("name", spec.name());
        json.put("image", spec.image());
        json.put("memory_bytes", spec.shape().memoryBytes());
        json.put("cpus", spec.shape().cpus());
        ObjectNode env = json.putObject("env");
        spec.env().forEach(env::put);
        json.put("port", spec.port());
        json.put("concurrency", spec.limits().concurrency());
        json.put("min", spec.limits().least());
        json.put("max", spec.limits().most());
        json.put("idle_ms", spec.limits().idle().toNanos() / 1e6);
        json.put("timeout_ms", spec.limits().timeout().toNanos() / 1e6);
        ArrayNode args = json.putArray("args");
        spec.args().forEach(args::add);
        json.put("domain", spec.domain());
        json.put("egress", spec.shape().egress().label());
        spec.kernel().ifPresent(kernel -> json.put("kernel", kernel.toString()));
        json.put("snapshot", spec.snapshot());
        return json;
    }
}
