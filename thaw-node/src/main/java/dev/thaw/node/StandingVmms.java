package dev.thaw.node;

import dev.thaw.sandbox.MachineShape;
import dev.thaw.sandbox.PreparedSandbox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What stands by, by shape; the one that has waited longest is taken first. Not safe for use by many threads. */
final class StandingVmms {
    private final Map<MachineShape, Deque<Standing>> byShape = new HashMap<>();

    /** One VMM, and its share of the worker's memory. */
    record Standing(PreparedSandbox sandbox, Admission.Permit permit) {
        void end() {
            sandbox.close();
            permit.close();
        }
    }

    void add(Standing one) {
        byShape.computeIfAbsent(one.sandbox().shape(), shape -> new ArrayDeque<>())
                .addLast(one);
    }

    Optional<Standing> take(MachineShape shape) {
        return Optional.ofNullable(byShape.get(shape)).map(Deque::poll);
    }

    /** Returns whether it was here. */
    boolean remove(Standing one) {
        Deque<Standing> deque = byShape.get(one.sandbox().shape());
        return deque != null && deque.remove(one);
    }

    int count() {
        return byShape.values().stream().mapToInt(Deque::size).sum();
    }

    private int count(MachineShape shape) {
        Deque<Standing> deque = byShape.get(shape);
        return deque == null ? 0 : deque.size();
    }

    /** A shape of which there are fewer than wanted. */
    Optional<MachineShape> missing(Map<MachineShape, Integer> wanted) {
        return wanted.entrySet().stream()
                .filter(entry -> count(entry.getKey()) < entry.getValue())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    boolean hasSurplus(Map<MachineShape, Integer> wanted) {
        return byShape.keySet().stream().anyMatch(shape -> count(shape) > wanted.getOrDefault(shape, 0));
    }

    List<Standing> takeSurplus(Map<MachineShape, Integer> wanted) {
        List<Standing> surplus = new ArrayList<>();
        byShape.forEach((shape, deque) -> {
            while (deque.size() > wanted.getOrDefault(shape, 0)) {
                surplus.add(deque.removeLast());
            }
        });
        byShape.values().removeIf(Deque::isEmpty);
        return surplus;
    }
}
