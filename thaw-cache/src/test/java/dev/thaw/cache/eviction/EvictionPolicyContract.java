package dev.thaw.cache.eviction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What every policy does, and that it does the same as a plain telling of it. */
abstract class EvictionPolicyContract {
    private static final int OPERATIONS = 20_000;
    private static final int KEYS = 200;

    abstract EvictionPolicy<Integer> policy();

    /** The policy told plainly: who would go next is found by looking at all. */
    abstract Model model();

    /** Keys with what is known of them, in a list. */
    interface Model {
        void added(int key, long bytes, long cost, int uses);

        void used(int key);

        void released(int key);

        void removed(int key);

        /** Of these keys the one that goes first. */
        int coldest(Set<Integer> free);
    }

    private static void add(EvictionPolicy<Integer> policy, int... keys) {
        for (int key : keys) {
            policy.added(key, 100, 100, 1);
        }
    }

    @Test
    void knowsNobodyAtFirst() {
        EvictionPolicy<Integer> policy = policy();
        assertThat(policy.victim()).isEmpty();
        assertThat(policy.coldestFirst()).isEmpty();
        policy.used(1);
        policy.hold(1);
        policy.release(1);
        policy.removed(1);
        assertThat(policy.victim()).isEmpty();
    }

    @Test
    void amongEqualsWhoCameFirstGoesFirst() {
        EvictionPolicy<Integer> policy = policy();
        add(policy, 3, 1, 2);
        assertThat(policy.victim()).contains(3);
        assertThat(policy.victim()).as("asking changes nothing").contains(3);
        assertThat(policy.coldestFirst()).containsExactly(3, 1, 2);
        policy.removed(3);
        assertThat(policy.victim()).contains(1);
    }

    @Test
    void whoIsUsedGoesLater() {
        EvictionPolicy<Integer> policy = policy();
        add(policy, 1, 2, 3);
        policy.used(1);
        assertThat(policy.coldestFirst()).containsExactly(2, 3, 1);
    }

    @Test
    void whoIsHeldIsNotNamed() {
        EvictionPolicy<Integer> policy = policy();
        add(policy, 1, 2);
        policy.hold(1);
        policy.hold(1);
        assertThat(policy.victim()).contains(2);
        assertThat(policy.coldestFirst()).containsExactly(2, 1);
        policy.hold(2);
        assertThat(policy.victim()).isEmpty();
        policy.release(1);
        assertThat(policy.victim()).contains(1);
        policy.removed(2);
        policy.release(2);
        assertThat(policy.coldestFirst()).containsExactly(1);
    }

    @Test
    void whoComesAgainIsNew() {
        EvictionPolicy<Integer> policy = policy();
        add(policy, 1, 2);
        policy.used(1);
        policy.used(1);
        policy.removed(1);
        add(policy, 1);
        policy.hold(1);
        policy.removed(1);
        add(policy, 1);
        assertThat(policy.victim()).contains(2);
        assertThat(policy.coldestFirst()).containsExactly(2, 1);
    }

    @Test
    void doesWhatThePlainTellingDoes() {
        long seed = Long.getLong("thaw.seed", new Random().nextLong());
        System.out.println("thaw.seed=" + seed);
        Random random = new Random(seed);
        EvictionPolicy<Integer> policy = policy();
        Model model = model();
        Set<Integer> here = new TreeSet<>();
        Set<Integer> held = new TreeSet<>();
        for (int i = 0; i < OPERATIONS; i++) {
            int key = random.nextInt(KEYS);
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    if (here.add(key)) {
                        long bytes = 1 + random.nextInt(8);
                        int uses = random.nextInt(10) == 0 ? 1 + random.nextInt(5) : 1;
                        policy.added(key, bytes, 8, uses);
                        model.added(key, bytes, 8, uses);
                    }
                }
                case 2, 3, 4 -> {
                    policy.used(key);
                    if (here.contains(key)) {
                        model.used(key);
                    }
                }
                case 5 -> {
                    policy.hold(key);
                    if (here.contains(key)) {
                        held.add(key);
                    }
                }
                case 6 -> {
                    policy.release(key);
                    if (held.remove(key)) {
                        model.released(key);
                    }
                }
                default ->
                    policy.victim().ifPresent(victim -> {
                        policy.removed(victim);
                        model.removed(victim);
                        here.remove(victim);
                    });
            }
            Set<Integer> free = new TreeSet<>(here);
            free.removeAll(held);
            Optional<Integer> expected = free.isEmpty() ? Optional.empty() : Optional.of(model.coldest(free));
            assertThat(policy.victim()).as("seed %d operation %d", seed, i).isEqualTo(expected);
        }
        List<Integer> all = new ArrayList<>(policy.coldestFirst());
        assertThat(all).containsExactlyInAnyOrderElementsOf(here);
        assertThat(all.subList(all.size() - held.size(), all.size())).containsExactlyInAnyOrderElementsOf(held);
    }
}
