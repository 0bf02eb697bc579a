package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.placement.Demand;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parts of a pod that placement looks at. */
record PodFacts(
        String namespace,
        String name,
        String uid,
        Map<String, String> labels,
        Map<String, String> annotations,
        @Nullable String runtimeClass,
        List<ContainerFacts> containers) {

    PodFacts {
        requireNonNull(namespace, "namespace is null");
        requireNonNull(name, "name is null");
        requireNonNull(uid, "uid is null");
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        containers = List.copyOf(containers);
    }

    /** @param requests the limits where no request is set, as the API server has it */
    record ContainerFacts(
            String name, String image, List<String> command, List<String> arguments, Map<String, String> requests) {
        ContainerFacts {
            command = List.copyOf(command);
            arguments = List.copyOf(arguments);
            requests = Map.copyOf(requests);
        }
    }

    static PodFacts of(Pod pod) {
        List<ContainerFacts> containers = new ArrayList<>();
        for (Container container : pod.getSpec().getContainers()) {
            Map<String, String> requests = new java.util.HashMap<>();
            if (container.getResources() != null) {
                putAll(container.getResources().getLimits(), requests);
                putAll(container.getResources().getRequests(), requests);
            }
            containers.add(new ContainerFacts(
                    container.getName(),
                    orEmpty(container.getImage()),
                    container.getCommand(),
                    container.getArgs(),
                    requests));
        }
        return new PodFacts(
                orEmpty(pod.getMetadata().getNamespace()),
                orEmpty(pod.getMetadata().getName()),
                orEmpty(pod.getMetadata().getUid()),
                pod.getMetadata().getLabels(),
                pod.getMetadata().getAnnotations(),
                pod.getSpec().getRuntimeClassName(),
                containers);
    }

    /** What the pod's containers request together; nonsense counts as nothing, for the scheduler has its own say about it. */
    Demand demand() {
        Demand sum = Demand.NONE;
        for (ContainerFacts container : containers) {
            BigDecimal memory = amount(container, "memory").min(BigDecimal.valueOf(Long.MAX_VALUE));
            double cores =
                    amount(container, "cpu").min(BigDecimal.valueOf(10_000)).doubleValue();
            sum = sum.plus(new Demand(memory.longValue(), cores));
        }
        return sum;
    }

    private static BigDecimal amount(ContainerFacts container, String resource) {
        String quantity = container.requests().get(resource);
        return quantity == null
                ? BigDecimal.ZERO
                : Quantity.getAmountInBytes(Quantity.parse(quantity)).max(BigDecimal.ZERO);
    }

    private static void putAll(@Nullable Map<String, Quantity> from, Map<String, String> to) {
        if (from != null) {
            from.forEach((key, quantity) -> to.put(key, quantity.toString()));
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
