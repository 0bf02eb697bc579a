package dev.thaw.cli;

import dev.thaw.gateway.text.Json;
import dev.thaw.store.DataSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "deploy",
        description = "Deploy a function, or a new revision of one. Prints the revision's name.",
        footer = {
            "",
            "Images: registry/repo:tag@digest, oci:DIR[:TAG], docker-archive:FILE, sample:NAME.",
            "",
            "Example:",
            "  thaw deploy hello --image sample:hello-python --memory 256MiB --env GREETING=hi"
        })
final class DeployCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function's name: lower-case letters, digits and hyphens.")
    private String name = "";

    @Option(names = "--image", required = true, paramLabel = "REF", description = "What the function runs.")
    private String image = "";

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = Converters.Size.class,
            description = "Of each instance's guest. Default: 256MiB.")
    private Optional<DataSize> memory = Optional.empty();

    @Option(names = "--cpus", paramLabel = "N", description = "Virtual CPUs of each instance. Default: 1.")
    private Optional<Integer> cpus = Optional.empty();

    @Option(
            names = "--env",
            paramLabel = "K=V",
            description = "An environment variable, over the image's own. Repeatable.")
    private List<String> env = List.of();

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Where the function listens; it is told by $PORT. Default: 8080.")
    private Optional<Integer> port = Optional.empty();

    @Option(names = "--concurrency", paramLabel = "N", description = "Invocations at once in one instance. Default: 1.")
    private Optional<Integer> concurrency = Optional.empty();

    @Option(names = "--min", paramLabel = "N", description = "Instances that are kept although idle. Default: 0.")
    private Optional<Integer> min = Optional.empty();

    @Option(names = "--max", paramLabel = "N", description = "Instances at once on a worker. Default: 100.")
    private Optional<Integer> max = Optional.empty();

    @Option(
            names = "--idle",
            paramLabel = "DURATION",
            converter = Converters.Time.class,
            description = "How long an idle instance is kept. Default: the daemon's.")
    private Optional<Duration> idle = Optional.empty();

    @Option(names = "--arg", paramLabel = "A", description = "An argument, in place of the image's Cmd. Repeatable.")
    private List<String> args = List.of();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = Converters.Time.class,
            description = "For an invocation's answer to begin, with the wait for an instance. Default: 60s.")
    private Optional<Duration> timeout = Optional.empty();

    @Option(
            names = "--domain",
            paramLabel = "D",
            description = "The trust domain: tenants that may share snapshots. Default: default.")
    private Optional<String> domain = Optional.empty();

    @Option(names = "--egress", paramLabel = "none|internet", description = "What the function reaches. Default: none.")
    private Optional<String> egress = Optional.empty();

    @Option(
            names = "--kernel",
            paramLabel = "FILE",
            description = "A guest kernel in place of the distribution's newest.")
    private Optional<Path> kernel = Optional.empty();

    @Option(names = "--no-snapshot", description = "Never freeze it: every cold start is a boot.")
    private boolean noSnapshot;

    @Override
    public void run() {
        JsonNode function = server.client().deploy(spec(), words -> output.say(name + ": " + words));
        if (output.json()) {
            output.print(function);
        } else {
            output.print(function.get("revision").stringValue());
        }
    }

    ObjectNode spec() {
        ObjectNode spec = Json.object();
        spec.put("name", name);
        spec.put("image", absolute(image));
        memory.ifPresent(size -> spec.put("memory_bytes", size.bytes()));
        cpus.ifPresent(count -> spec.put("cpus", count));
        if (!env.isEmpty()) {
            ObjectNode variables = spec.putObject("env");
            variables().forEach(variables::put);
        }
        port.ifPresent(number -> spec.put("port", number));
        concurrency.ifPresent(count -> spec.put("concurrency", count));
        min.ifPresent(count -> spec.put("min", count));
        max.ifPresent(count -> spec.put("max", count));
        idle.ifPresent(duration -> spec.put("idle_ms", duration.toNanos() / 1e6));
        timeout.ifPresent(duration -> spec.put("timeout_ms", duration.toNanos() / 1e6));
        if (!args.isEmpty()) {
            ArrayNode array = spec.putArray("args");
            args.forEach(array::add);
        }
        domain.ifPresent(value -> spec.put("domain", value));
        egress.ifPresent(value -> spec.put("egress", value));
        kernel.ifPresent(file -> spec.put("kernel", file.toAbsolutePath().toString()));
        spec.put("snapshot", !noSnapshot);
        return spec;
    }

    private Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        for (String entry : env) {
            int equals = entry.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "Not an environment variable: '" + entry + "'. Write --env NAME=VALUE.");
            }
            variables.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
        return variables;
    }

    /** The daemon may run in another folder than this command. */
    private static String absolute(String reference) {
        for (String scheme : List.of("oci:", "docker-archive:")) {
            if (reference.startsWith(scheme)) {
                return scheme + Path.of(reference.substring(scheme.length())).toAbsolutePath();
            }
        }
        return reference;
    }
}
