package dev.thaw.gateway.function;

import dev.thaw.node.Revision;
import dev.thaw.sandbox.FunctionProcess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Joins what the user said with what the image says, as the Knative runtime contract has it. */
final class RevisionBuilder {
    /** What a process gets in a container when its image sets none. */
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private RevisionBuilder() {}

    static String name(String function, int generation) {
        return "%s-%05d".formatted(function, generation);
    }

    static Revision build(FunctionSpec spec, int generation, ResolvedImage image) {
        String name = name(spec.name(), generation);
        return new Revision(
                name,
                spec.name(),
                image.image(),
                new FunctionProcess(
                        command(spec, image),
                        environment(spec, name, image),
                        image.workingDirectory(),
                        image.user(),
                        StopSignal.parse(image.stopSignal()),
                        spec.port()),
                spec.shape(),
                spec.kernel(),
                spec.domain(),
                spec.snapshot(),
                spec.limits());
    }

    private static List<String> command(FunctionSpec spec, ResolvedImage image) {
        List<String> command = new ArrayList<>(image.entrypoint());
        command.addAll(spec.args().isEmpty() ? image.cmd() : spec.args());
        if (command.isEmpty()) {
            throw new IllegalArgumentException(
                    "The image " + spec.image()
                            + " names no command: it has neither Entrypoint nor Cmd. Give one with --arg PROGRAM --arg ARGUMENT.");
        }
        return command;
    }

    private static List<String> environment(FunctionSpec spec, String revision, ResolvedImage image) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", DEFAULT_PATH);
        for (String entry : image.env()) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                environment.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        environment.putAll(spec.env());
        environment.put("PORT", Integer.toString(spec.port()));
        environment.put("K_SERVICE", spec.name());
        environment.put("K_CONFIGURATION", spec.name());
        environment.put("K_REVISION", revision);
        return environment.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
    }
}
