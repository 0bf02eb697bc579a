package dev.thaw.cache.eviction;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GreedyDualSizeFrequencyTest extends EvictionPolicyContract {
    @Override
    EvictionPolicy<Integer> policy() {
        return Eviction.GDSF.policy();
    }

    @Test
    void theLargeTheCheapAndTheSeldomUsedGoFirst() {
        EvictionPolicy<Integer> policy = policy();
        policy.added(1, 10, 100, 1);
        policy.added(2, 20, 100, 1);
        policy.added(3, 10, 50, 1);
        policy.added(4, 10, 100, 3);
        policy.used(4);
        policy.used(2);
        policy.used(2);
        policy.used(2);
        // Worth: 10, 4 * 5, 5, 4 * 10.
        assertThat(policy.coldestFirst()).containsExactly(3, 1, 2, 4);
    }

    @Test
    void whatIsNotUsedAnyMoreIsOvertaken() {
        EvictionPolicy<Integer> policy = policy();
        policy.added(0, 1, 1, 20);
        int key = 1;
        policy.added(key, 1, 1, 1);
        while (policy.victim().orElseThrow() != 0) {
            policy.removed(policy.victim().orElseThrow());
            policy.added(++key, 1, 1, 1);
        }
        assertThat(key).as("evictions until the once popular one went").isEqualTo(20);
    }

    @Override
    Model model() {
        return new Model() {
            private record Known(long number, double value, int uses, double worth) {}

            private final Map<Integer, Known> all = new HashMap<>();
            private long numbers;
            private double age;

            @Override
            public void added(int key, long bytes, long cost, int uses) {
                double value = (double) cost / bytes;
                all.put(key, new Known(numbers++, value, uses, age + uses * value));
            }

            @Override
            public void used(int key) {
                all.computeIfPresent(
                        key,
                        (_, known) -> new Known(
                                known.number, known.value, known.uses + 1, age + (known.uses + 1) * known.value));
            }

            @Override
            public void released(int key) {
                all.computeIfPresent(
                        key,
                        (_, known) -> new Known(known.number, known.value, known.uses, age + known.uses * known.value));
            }

            @Override
            public void removed(int key) {
                age = Math.max(age, requireNonNull(all.remove(key)).worth);
            }

            @Override
            public int coldest(Set<Integer> free) {
                return free.stream()
                        .min(Comparator.<Integer>comparingDouble(key -> known(key).worth)
                                .thenComparing(key -> known(key).number))
                        .orElseThrow();
            }

            private Known known(int key) {
                return requireNonNull(all.get(key));
            }
        };
    }
}
