package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Does whatever one can do with a store, at random, beside a plain model of what is published. */
public final class RandomStoreTrial {
    private static final Cancellation NEVER = Cancellation.never();
    private static final Duration GRACE = Duration.ofHours(3);
    private static final List<String> FUNCTIONS = List.of("one", "two", "three");
    private static final List<String> DOMAINS = List.of("a", "b");
    private static final int VERSIONS = 5;

    /** Opens the store again, as another process would. */
    @FunctionalInterface
    public interface Opening {
        ObjectStore open() throws IOException;
    }

    /** What the model knows of a snapshot. */
    private record Published(SnapshotDraft draft, Manifest manifest, boolean pinned) {}

    private final Opening opening;
    private final SmallFreezes freezes;
    private final TestClock clock;
    private final Random random;
    private final Map<String, Published> model = new TreeMap<>(); // by domain and revision
    private ObjectSnapshotStore store;
    private MemoryFrameCache cache;

    /** @param now the time of the store's objects, from which the clock goes on */
    public RandomStoreTrial(Opening opening, Path directory, Instant now, long seed) throws IOException {
        this.opening = opening;
        this.freezes = new SmallFreezes(directory);
        this.clock = new TestClock(now);
        this.random = new Random(seed);
        this.store = open();
        this.cache = newCache();
    }

    private ObjectSnapshotStore open() throws IOException {
        return new ObjectSnapshotStore(opening.open(), TestSnapshots.keys(), clock);
    }

    private MemoryFrameCache newCache() {
        // Sometimes large enough for all, sometimes not.
        return new MemoryFrameCache(new DataSize(random.nextInt(2) == 0 ? 200_000 : 64 << 20), new DataSize(1 << 20));
    }

    /** Prints the seed of each sequence first. */
    public static void run(Opening opening, Path directory, Instant now, int sequences, int steps) throws IOException {
        long first = Long.getLong("thaw.seed", new Random().nextInt(1_000_000));
        System.out.println("thaw.seed=" + first);
        for (long seed = first; seed < first + sequences; seed++) {
            try {
                new RandomStoreTrial(opening, directory, now, seed).run(steps);
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("with thaw.seed=" + seed, e);
            }
        }
    }

    /** One sequence; the store is empty again afterwards, but for its keys. */
    private void run(int steps) throws IOException {
        for (int step = 0; step < steps; step++) {
            step();
        }
        assertAsTheModel();
        collectAll();
        assertAsTheModel();
        assertThat(store.usage(NEVER).unreachableBytes()).isZero();
        for (Published published : List.copyOf(model.values())) {
            store.delete(published.manifest().id(), NEVER);
        }
        model.clear();
        for (String base : FUNCTIONS) {
            store.deleteBase(base, NEVER);
        }
        collectAll();
        assertThat(store.list(NEVER)).isEmpty();
        List<String> left = new ArrayList<>(new StoredObjects(opening.open()).keys());
        left.removeIf(key -> List.of("keys", "pointers", "condemned").contains(StoredObjects.kind(key)));
        assertThat(left).isEmpty();
        store.close();
    }

    private void step() throws IOException {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5 -> publish();
            case 6, 7, 8 -> delete();
            case 9, 10 -> collect();
            case 11 -> pin();
            case 12 -> retain();
            case 13, 14 -> fetch(store.through(cache));
            case 15 -> fetch(store);
            case 16 -> {
                cache.close();
                cache = newCache();
            }
            case 17 -> {
                store.close();
                store = open();
            }
            case 18 -> base();
            default -> newEpoch();
        }
    }

    private String any(List<String> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void publish() throws IOException {
        SnapshotDraft draft = freezes.freeze(any(FUNCTIONS), 1 + random.nextInt(VERSIONS), any(DOMAINS));
        Manifest manifest = store.publish(draft, NEVER);
        Published before = model.get(name(draft));
        if (before != null) {
            assertThat(manifest).isEqualTo(before.manifest());
        } else {
            model.put(name(draft), new Published(draft, manifest, false));
        }
        assertThat(store.resolve(draft.identity(), draft.fit(), NEVER)).hasValue(manifest);
    }

    private static String name(SnapshotDraft draft) {
        return draft.identity().trustDomain() + " " + draft.revision();
    }

    private Optional<Published> anyPublished() {
        List<Published> all = List.copyOf(model.values());
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    private void delete() throws IOException {
        Optional<Published> victim = anyPublished();
        if (victim.isPresent()) {
            store.delete(victim.get().manifest().id(), NEVER);
            SnapshotDraft draft = victim.get().draft();
            model.remove(name(draft));
            assertThat(store.resolve(draft.identity(), draft.fit(), NEVER)).isEmpty();
        }
    }

    private void collect() throws IOException {
        clock.advance(Duration.ofMinutes(random.nextInt(300)));
        Collected would = store.collect(GRACE, true, NEVER);
        assertThat(store.collect(GRACE, false, NEVER)).isEqualTo(would);
    }

    private void pin() throws IOException {
        Optional<Published> one = anyPublished();
        if (one.isPresent()) {
            boolean pinned = random.nextBoolean();
            assertThat(store.pin(one.get().manifest().id(), pinned, NEVER)).isTrue();
            model.put(
                    name(one.get().draft()),
                    new Published(one.get().draft(), one.get().manifest(), pinned));
        }
    }

    private void retain() throws IOException {
        int newest = 1 + random.nextInt(3);
        List<Manifest> withdrawn = store.retain(new Retention(Optional.empty(), OptionalInt.of(newest)), false, NEVER);
        Map<String, List<Published>> lines = model.values().stream()
                .filter(published -> !published.pinned())
                .collect(Collectors.groupingBy(published -> published.manifest().trustDomain() + " "
                        + published.manifest().function()));
        List<Manifest> expected = new ArrayList<>();
        for (List<Published> line : lines.values()) {
            line.stream()
                    .sorted(Comparator.comparing((Published published) ->
                                    published.manifest().frozenAt())
                            .reversed())
                    .skip(newest)
                    .forEach(published -> {
                        expected.add(published.manifest());
                        model.remove(name(published.draft()));
                    });
        }
        assertThat(withdrawn).containsExactlyInAnyOrderElementsOf(expected);
    }

    private void fetch(SnapshotStore from) throws IOException {
        Optional<Published> one = anyPublished();
        if (one.isPresent()) {
            freezes.assertRight(from, one.get().manifest(), one.get().draft());
        }
    }

    private void base() throws IOException {
        String function = any(FUNCTIONS);
        if (random.nextBoolean()) {
            store.publishBase(function, freezes.rootfs(function), NEVER);
        } else {
            store.deleteBase(function, NEVER);
        }
    }

    private void newEpoch() throws IOException {
        String domain = any(DOMAINS);
        if (model.values().stream()
                .anyMatch(each -> each.manifest().trustDomain().equals(domain))) {
            store.newEpoch(domain, NEVER);
        }
    }

    private void collectAll() throws IOException {
        for (int i = 0; i < 2; i++) {
            clock.advance(Duration.ofHours(4));
            store.collect(GRACE, false, NEVER);
        }
    }

    private void assertAsTheModel() throws IOException {
        assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
        Map<String, Manifest> expected = new HashMap<>();
        model.forEach((name, published) -> expected.put(name, published.manifest()));
        assertThat(store.list(NEVER)).containsExactlyInAnyOrderElementsOf(expected.values());
        try (ObjectSnapshotStore other = open()) {
            for (Published published : model.values()) {
                freezes.assertRight(other, published.manifest(), published.draft());
            }
        }
    }
}
