package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.Revision;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.store.DataSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a user says when deploying.
 *
 * @param image a reference, as {@code sample:hello-c}
 * @param env of the function, over the image's own
 * @param args in place of the image's Cmd; empty leaves it
 * @param domain the trust domain: tenants that may share snapshots
 */
public record FunctionSpec(
        String name,
        String image,
        MachineShape shape,
        Map<String, String> env,
        int port,
        List<String> args,
        Revision.Limits limits,
        String domain,
        Optional<Path> kernel,
        boolean snapshot) {
    public static final DataSize DEFAULT_MEMORY = DataSize.ofMebibytes(256);
    public static final int DEFAULT_PORT = 8080;
    public static final int DEFAULT_MOST_INSTANCES = 100;
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);
    public static final String DEFAULT_DOMAIN = "default";

    public FunctionSpec {
        FunctionName.check(name);
        if (image.isBlank()) {
            throw new IllegalArgumentException("The image is missing. Name one, as in sample:hello-c or oci:DIR.");
        }
        requireNonNull(shape, "shape is null");
        env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
        env.forEach(FunctionSpec::checkVariable);
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("The port is " + port + "; it must be from 1 to 65535.");
        }
        args = List.copyOf(args);
        requireNonNull(limits, "limits is null");
        if (!FunctionName.isLabel(domain)) {
            throw new IllegalArgumentException(
                    "Not a trust domain: '" + domain + "'. Use lower-case letters, digits and hyphens.");
        }
        requireNonNull(kernel, "kernel is null");
    }

    private static void checkVariable(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("Not an environment variable: '" + name.replace('\0', '?')
                    + "'. Names are not empty and hold no '='; neither names nor values hold NUL characters.");
        }
        if (name.equals("PORT") || name.startsWith("K_")) {
            throw new IllegalArgumentException(
                    "The variable " + name + " is set by Thaw itself (Knative runtime contract)."
                            + (name.equals("PORT") ? " Use the port of the deployment." : ""));
        }
    }
}
