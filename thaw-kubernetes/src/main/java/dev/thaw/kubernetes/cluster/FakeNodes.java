package dev.thaw.kubernetes.cluster;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;

/** Nodes that kwok keeps ready: the scheduler sees machines, and their pods run as soon as they are bound. */
public final class FakeNodes {
    private FakeNodes() {}

    /** A node to be created; ready from the start, so that nothing has to wait for kwok. */
    public static Node node(String name, int cores, long memoryBytes) {
        Map<String, Quantity> resources = Map.of(
                "cpu", new Quantity(Integer.toString(cores)),
                "memory", new Quantity(Long.toString(memoryBytes)),
                "pods", new Quantity("500"));
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToAnnotations("kwok.x-k8s.io/node", "fake")
                .addToLabels("kubernetes.io/hostname", name)
                .addToLabels("kubernetes.io/os", "linux")
                .addToLabels("type", "kwok")
                .endMetadata()
                .withNewStatus()
                .withAllocatable(resources)
                .withCapacity(resources)
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withReason("Fake")
                .withMessage("kept by kwok")
                .endCondition()
                .endStatus()
                .build();
    }
}
