package dev.thaw.kubernetes.cluster;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The manifests of {@code deploy/kubernetes}, which are in the jar as well. */
public final class Manifests {
    /** What is applied to a cluster, in order. */
    public static final List<String> APPLIED =
            List.of("crd.yaml", "rbac.yaml", "admission.yaml", "extender.yaml", "second-scheduler.yaml");

    private Manifests() {}

    /** The manifest's text. */
    public static String read(String name) {
        try (InputStream in = Manifests.class.getResourceAsStream("/dev/thaw/kubernetes/manifests/" + name)) {
            return new String(
                    requireNonNull(in, () -> name + " is not in the jar").readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The scheduler's configuration with Thaw's own profile, calling the extender at {@code url}. */
    public static String schedulerConfiguration(String url) {
        return read("scheduler-profile.yaml")
                .replace("http://thaw-extender.thaw-system.svc:22080", url)
                // Added by whoever starts the scheduler, who knows the file.
                .replaceAll("(?m)^clientConnection:\\n  kubeconfig: .*\\n", "")
                .replace("leaderElect: true", "leaderElect: false");
    }
}
