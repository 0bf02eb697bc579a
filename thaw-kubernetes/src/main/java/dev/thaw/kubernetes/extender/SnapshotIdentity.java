package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import dev.thaw.kubernetes.extender.PodFacts.ContainerFacts;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Which snapshot a pod would be thawed from. A node derives the same identity from the same pod, so nothing has to be agreed on.
 *
 * <p>A Knative revision is immutable, so its label is the identity. Any other pod of Thaw's runtime class is identified by what
 * was frozen: image, command, arguments and resources of its function. Both only within one trust domain.
 *
 * @param runtimeClass the runtime class whose pods are microVMs of Thaw
 */
public record SnapshotIdentity(String runtimeClass) {
    public static final SnapshotIdentity DEFAULT = new SnapshotIdentity("thaw");

    /** Tenants that share chunks carry the same value; without the label each namespace is a domain of its own. */
    public static final String DOMAIN_LABEL = "thaw.dev/domain";

    static final String REVISION_LABEL = "serving.knative.dev/revision";

    private static final String KNATIVE_CONTAINER = "user-container";

    public SnapshotIdentity {
        requireNonNull(runtimeClass, "runtimeClass is null");
    }

    /** @return empty for a pod that is none of ours */
    public Optional<String> of(Pod pod) {
        return of(PodFacts.of(pod));
    }

    Optional<String> of(PodFacts pod) {
        String domain = pod.labels().getOrDefault(DOMAIN_LABEL, pod.namespace());
        String revision = pod.labels().get(REVISION_LABEL);
        if (revision != null) {
            // The label is the namespace's, whoever shares chunks with it: a revision's name is unique there only.
            return Optional.of("revision/" + domain + "/" + pod.namespace() + "/" + revision);
        }
        if (!runtimeClass.equals(pod.runtimeClass()) || pod.containers().isEmpty()) {
            return Optional.empty();
        }
        ContainerFacts function = pod.containers().stream()
                .filter(container -> container.name().equals(KNATIVE_CONTAINER))
                .findFirst()
                .orElse(pod.containers().getFirst());
        return Optional.of("pod/" + domain + "/" + digest(function));
    }

    private static String digest(ContainerFacts function) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            update(sha256, List.of(function.image()));
            update(sha256, function.command());
            update(sha256, function.arguments());
            update(sha256, List.of(amount(function, "cpu"), amount(function, "memory")));
            return HexFormat.of().formatHex(sha256.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Counts before contents, so that moving a word from the command to the arguments changes the digest. */
    private static void update(MessageDigest digest, List<String> words) {
        digest.update((words.size() + "\n").getBytes(StandardCharsets.UTF_8));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + "\n").getBytes(StandardCharsets.UTF_8));
            digest.update(bytes);
        }
    }

    /** 1Gi and 1024Mi are the same resources. */
    private static String amount(ContainerFacts function, String resource) {
        String quantity = function.requests().get(resource);
        if (quantity == null) {
            return "";
        }
        BigDecimal amount = Quantity.getAmountInBytes(Quantity.parse(quantity));
        return amount.stripTrailingZeros().toPlainString();
    }
}
