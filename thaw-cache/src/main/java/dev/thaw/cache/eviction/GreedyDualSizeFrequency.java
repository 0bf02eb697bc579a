package dev.thaw.cache.eviction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Who is cheap to bring back, large, and seldom used goes first: GreedyDual-Size-Frequency (L. Cherkasova, "Improving
 * WWW Proxies Performance with Greedy-Dual-Size-Frequency Caching Policy", HP Laboratories, HPL-98-69R1, 1998).
 *
 * <p>A key's worth is {@code age + uses * cost / bytes}. The age is the worth of who went last: what is not used any more is
 * overtaken by what comes, however often it was used once.
 *
 * <h2>The queue is lazy</h2>
 *
 * A use only raises a worth, so a key may stand too far ahead in the queue, never too far behind. It is put where it
 * belongs when it comes to the head; until then a use costs nothing but the sum. Keys that have gone or are held are passed
 * over at the head, and swept when they are more than half of the queue.
 */
final class GreedyDualSizeFrequency<K> implements EvictionPolicy<K> {
    private static final int SWEEP_FROM = 64;

    private static final class Item<K> {
        final K key;
        final double value; // cost a byte
        final long number; // of those that are worth the same, who came first goes first
        int uses;
        double worth;
        double queuedAt; // what it was worth when it was put in line
        boolean queued;
        boolean held;
        boolean gone;

        Item(K key, double value, int uses, long number) {
            this.key = key;
            this.value = value;
            this.uses = uses;
            this.number = number;
        }

        boolean isFree() {
            return !held && !gone;
        }
    }

    private final Map<K, Item<K>> items = new HashMap<>();
    private final PriorityQueue<Item<K>> queue = new PriorityQueue<>(
            Comparator.<Item<K>>comparingDouble(item -> item.queuedAt).thenComparingLong(item -> item.number));
    private int passedOver; // in the queue although held or gone
    private long numbers;
    private double age;

    @Override
    public void added(K key, long bytes, long cost, int uses) {
        removed(key);
        Item<K> item = new Item<>(key, (double) cost / bytes, uses, numbers++);
        item.worth = age + item.uses * item.value;
        items.put(key, item);
        enqueue(item);
    }

    private void enqueue(Item<K> item) {
        item.queuedAt = item.worth;
        item.queued = true;
        queue.add(item);
    }

    @Override
    public void used(K key) {
        @Nullable Item<K> item = items.get(key);
        if (item != null) {
            item.uses += item.uses < Integer.MAX_VALUE ? 1 : 0;
            item.worth = age + item.uses * item.value;
        }
    }

    @Override
    public void removed(K key) {
        @Nullable Item<K> item = items.remove(key);
        if (item == null) {
            return;
        }
        settle();
        if (queue.peek() == item) {
            age = Math.max(age, item.worth);
        }
        passedOver += item.queued && item.isFree() ? 1 : 0;
        item.gone = true;
        sweep();
    }

    @Override
    public void hold(K key) {
        @Nullable Item<K> item = items.get(key);
        if (item != null && !item.held) {
            passedOver += item.queued ? 1 : 0;
            item.held = true;
            sweep();
        }
    }

    @Override
    public void release(K key) {
        @Nullable Item<K> item = items.get(key);
        if (item == null || !item.held) {
            return;
        }
        item.held = false;
        item.worth = age + item.uses * item.value;
        if (item.queued) {
            passedOver--;
        } else {
            enqueue(item);
        }
    }

    @Override
    public Optional<K> victim() {
        settle();
        return Optional.ofNullable(queue.peek()).map(item -> item.key);
    }

    /** Until the head is free and where it belongs. */
    private void settle() {
        @Nullable Item<K> head = queue.peek();
        while (head != null && !(head.isFree() && head.queuedAt == head.worth)) {
            queue.poll();
            head.queued = false;
            if (head.isFree()) {
                enqueue(head);
            } else {
                passedOver--;
            }
            head = queue.peek();
        }
    }

    private void sweep() {
        if (passedOver <= SWEEP_FROM || passedOver <= queue.size() / 2) {
            return;
        }
        List<Item<K>> free = new ArrayList<>(queue.size() - passedOver);
        for (Item<K> item : queue) {
            item.queued = item.isFree();
            if (item.queued) {
                free.add(item);
            }
        }
        queue.clear();
        queue.addAll(free);
        passedOver = 0;
    }

    @Override
    public List<K> coldestFirst() {
        return items.values().stream()
                .sorted(Comparator.<Item<K>, Boolean>comparing(item -> item.held)
                        .thenComparingDouble(item -> item.worth)
                        .thenComparingLong(item -> item.number))
                .map(item -> item.key)
                .toList();
    }
}
