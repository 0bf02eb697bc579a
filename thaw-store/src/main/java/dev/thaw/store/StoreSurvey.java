package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Adds up what a store's bytes are for. */
final class StoreSurvey {
    private final ObjectStore objects;

    StoreSurvey(ObjectStore objects) {
        this.objects = requireNonNull(objects, "objects is null");
    }

    StoreUsage usage(List<Manifest> published, Cancellation cancellation) throws StoreException {
        Set<String> living = new HashSet<>();
        published.forEach(manifest -> manifest.parts().forEach(part -> living.add(PartStore.key(part.digest()))));
        long[] bytes = new long[2];
        objects.list(
                "",
                object -> {
                    bytes[0] += object.sizeBytes();
                    if (object.key().startsWith(PartStore.PREFIX) && !living.contains(object.key())) {
                        bytes[1] += object.sizeBytes();
                    }
                },
                cancellation);
        return new StoreUsage(
                bytes[0],
                bytes[1],
                shares(published, manifest -> function(manifest.revision())),
                shares(published, Manifest::trustDomain));
    }

    private static String function(String revision) {
        int dash = revision.lastIndexOf('-');
        return dash > 0 ? revision.substring(0, dash) : revision;
    }

    private static List<StoreUsage.Share> shares(List<Manifest> published, Function<Manifest, String> name) {
        Map<Digest, Set<String>> users = new HashMap<>();
        Map<String, List<Manifest>> groups = new TreeMap<>();
        for (Manifest manifest : published) {
            String group = name.apply(manifest);
            groups.computeIfAbsent(group, key -> new ArrayList<>()).add(manifest);
            manifest.parts()
                    .forEach(part -> users.computeIfAbsent(part.digest(), key -> new HashSet<>())
                            .add(group));
        }
        return groups.entrySet().stream()
                .map(entry -> share(entry.getKey(), entry.getValue(), users))
                .toList();
    }

    private static StoreUsage.Share share(String name, List<Manifest> manifests, Map<Digest, Set<String>> users) {
        long logical = 0;
        long stored = 0;
        long unique = 0;
        Set<Digest> seen = new HashSet<>();
        for (Manifest manifest : manifests) {
            logical += manifest.logicalBytes();
            for (Part part : manifest.parts()) {
                if (seen.add(part.digest())) {
                    stored += part.storedBytes();
                    unique += users.getOrDefault(part.digest(), Set.of()).size() == 1 ? part.storedBytes() : 0;
                }
            }
        }
        return new StoreUsage.Share(name, manifests.size(), logical, stored, unique);
    }
}
