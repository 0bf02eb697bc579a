package dev.thaw.node.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded requests and nodes, with extremes among them: empty, full, idle, overrun, and the largest numbers there are. */
final class RandomCandidates {
    private static final long[] SIZES = {0, 1, 4096, 24_000_000, 99_000_000, 1L << 33, Long.MAX_VALUE};

    private final Random random;

    RandomCandidates(long seed) {
        random = new Random(seed);
    }

    PlacementRequest request() {
        return new PlacementRequest(
                "pod-" + random.nextInt(1000),
                new Demand(size() / 4, random.nextDouble() * random.nextInt(4)),
                size(),
                random.nextBoolean() ? 0 : size());
    }

    List<NodeView> nodes() {
        int count = 1 + random.nextInt(12);
        List<NodeView> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(new NodeView(
                    "node-" + i, load(), random.nextInt(4) > 0, size(), random.nextBoolean() ? 0 : size()));
        }
        return nodes;
    }

    NodeLoad load() {
        long memory = size();
        long free = memory == 0 ? 0 : (long) (memory * random.nextDouble());
        int thaws = random.nextInt(20) == 0 ? Integer.MAX_VALUE : random.nextInt(30);
        return new NodeLoad(
                0.01 + random.nextDouble() * random.nextInt(64), memory, Math.min(free, memory), thaws, size());
    }

    long size() {
        return random.nextBoolean() ? SIZES[random.nextInt(SIZES.length)] : random.nextLong(200_000_000);
    }

    int index(int bound) {
        return random.nextInt(bound);
    }

    Random random() {
        return random;
    }
}
