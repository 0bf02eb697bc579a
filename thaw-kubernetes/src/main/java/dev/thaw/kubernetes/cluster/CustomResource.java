package dev.thaw.kubernetes.cluster;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Thaw's custom resource in a cluster. */
public final class CustomResource {
    private static final String NAME = "nodesnapshotcaches.thaw.dev";
    private static final int PATIENCE_SECONDS = 30;

    private CustomResource() {}

    /** Applies its definition and waits until it is served. */
    public static void apply(KubernetesClient client) {
        client.load(new ByteArrayInputStream(Manifests.read("crd.yaml").getBytes(StandardCharsets.UTF_8)))
                .serverSideApply();
        awaitServed(client);
    }

    /** @throws io.fabric8.kubernetes.client.KubernetesClientTimeoutException when it is not within 30 s */
    public static void awaitServed(KubernetesClient client) {
        client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(NAME)
                .waitUntilCondition(CustomResource::isServed, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** A definition that has just been made has a status whose conditions are null. */
    static boolean isServed(@Nullable CustomResourceDefinition definition) {
        return definition != null
                && definition.getStatus() != null
                && definition.getStatus().getConditions() != null
                && definition.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Established")
                                && condition.getStatus().equals("True"));
    }
}
