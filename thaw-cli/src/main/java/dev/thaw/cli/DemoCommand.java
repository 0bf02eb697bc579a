package dev.thaw.cli;

import dev.thaw.gateway.text.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "demo",
        description = {
            "See the whole path: sample functions are booted, frozen, published, and thawed on the same worker and on another.",
            "Starts a daemon with two workers in a folder of its own, and leaves nothing behind."
        },
        footer = {"", "Example:", "  thaw demo"})
final class DemoCommand implements Runnable {
    private static final long MEMORY_BYTES = 256L << 20;

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--function",
            paramLabel = "NAME",
            description = "A sample function. Repeatable. Default: hello-c and hello-python.")
    private List<String> functions = List.of("hello-c", "hello-python");

    /** One start with what it shows. */
    private record Step(String function, String what, Invocation invocation) {}

    @Override
    public void run() {
        long begin = System.nanoTime();
        List<Step> steps = new ArrayList<>();
        output.say("Starting a daemon with two workers…");
        try (ChildDaemon daemon = ChildDaemon.start(Map.of("workers", "2", "mode", "remote"))) {
            ClientBenchServer server = new ClientBenchServer(new Client(daemon.address()));
            for (String function : functions) {
                show(server, function, steps);
            }
            output.say("Ending the daemon…");
        }
        if (output.json()) {
            output.print(json(steps));
        } else {
            print(steps);
        }
        output.say(String.format(
                Locale.ROOT, "Done in %.0f s; nothing is left running.", (System.nanoTime() - begin) / 1e9));
    }

    private void show(ClientBenchServer server, String function, List<Step> steps) {
        output.say(function + ": making its root file system from the image sample:" + function + "…");
        String revision = server.deploy(function, "sample:" + function, MEMORY_BYTES, true);
        output.say(function + ": first invocation, booting a microVM…");
        steps.add(step(server, function, "first invocation", "worker-0", "boot"));
        output.say(function + ": freezing it behind the answer, and publishing…");
        server.awaitSnapshot(revision, "worker-0");
        server.retireAll(function);
        steps.add(step(server, function, "again, same worker", "worker-0", "thaw-local"));
        steps.add(step(server, function, "again, other worker", "worker-1", "thaw-remote"));
        steps.add(step(server, function, "again, still running", "worker-1", "warm"));
        server.retireAll(function);
        steps.add(step(server, function, "again, fetched before", "worker-1", "thaw-local"));
        server.retireAll(function);
    }

    private Step step(ClientBenchServer server, String function, String what, String worker, String kind) {
        Invocation invocation = server.call(function, worker);
        if (invocation.status() != 200 || !invocation.start().equals(kind)) {
            throw new CommandFailure(
                    function + " on " + worker + ": a " + kind + " was expected, and status 200; it was a "
                            + invocation.start() + " with status " + invocation.status() + ": "
                            + new String(invocation.body(), StandardCharsets.UTF_8));
        }
        output.say(String.format(Locale.ROOT, "%s: %s in %.0f ms", function, kind, invocation.firstByteMillis()));
        return new Step(function, what, invocation);
    }

    private void print(List<Step> steps) {
        Table table = new Table("FUNCTION", "INVOCATION", "WORKER", "START", "FIRST BYTE", "÷ BOOT", "PHASES IN MS");
        double boot = Double.NaN;
        for (Step step : steps) {
            Invocation invocation = step.invocation();
            if (invocation.start().equals("boot")) {
                boot = invocation.firstByteMillis();
            }
            table.row(
                    step.function(),
                    step.what(),
                    invocation.worker(),
                    invocation.start(),
                    String.format(Locale.ROOT, "%.1f ms", invocation.firstByteMillis()),
                    String.format(Locale.ROOT, "%.3f", invocation.firstByteMillis() / boot),
                    invocation.phasesMillis().entrySet().stream()
                            .filter(phase -> phase.getValue() >= 0.05)
                            .map(phase -> String.format(Locale.ROOT, "%s %.1f", phase.getKey(), phase.getValue()))
                            .collect(Collectors.joining("  ")));
        }
        output.print(table);
    }

    private static ObjectNode json(List<Step> steps) {
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("invocations");
        for (Step step : steps) {
            ObjectNode one = InvokeCommand.json(step.invocation());
            one.put("function", step.function());
            array.add(one);
        }
        return json;
    }
}
