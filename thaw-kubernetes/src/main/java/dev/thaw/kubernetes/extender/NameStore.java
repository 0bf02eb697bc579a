package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An informer's store that keeps of each object who it is and its version, and drops the rest. */
final class NameStore<T extends HasMetadata> implements ItemStore<T> {
    private final Map<String, T> names = new ConcurrentHashMap<>();
    private final Supplier<T> empty;

    NameStore(Supplier<T> empty) {
        this.empty = requireNonNull(empty, "empty is null");
    }

    @Override
    public String getKey(T object) {
        return object.getMetadata().getUid();
    }

    @Override
    public @Nullable T put(String key, T object) {
        ObjectMeta metadata = object.getMetadata();
        T reduced = empty.get();
        reduced.setMetadata(new ObjectMetaBuilder()
                .withName(metadata.getName())
                .withNamespace(metadata.getNamespace())
                .withUid(metadata.getUid())
                .withResourceVersion(metadata.getResourceVersion())
                .build());
        return names.put(key, reduced);
    }

    @Override
    public @Nullable T remove(String key) {
        return names.remove(key);
    }

    @Override
    public Stream<String> keySet() {
        return names.keySet().stream();
    }

    @Override
    public Stream<T> values() {
        return names.values().stream();
    }

    @Override
    public int size() {
        return names.size();
    }

    @Override
    public @Nullable T get(String key) {
        return names.get(key);
    }

    @Override
    public boolean isFullState() {
        return false;
    }
}
