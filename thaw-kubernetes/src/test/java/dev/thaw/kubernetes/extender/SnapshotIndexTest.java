package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.kubernetes.resource.HeldSnapshots;
import dev.thaw.kubernetes.resource.NodeReport;
import dev.thaw.kubernetes.resource.SnapshotKey;
import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.Demand;
import dev.thaw.node.placement.ExpectedCost;
import dev.thaw.node.placement.NodeLoad;
import dev.thaw.node.placement.NodeView;
import dev.thaw.node.placement.PlacementRequest;
import dev.thaw.node.placement.ScoreScale;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SnapshotIndexTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration STALE = Duration.ofMinutes(2);
    private static final NodeLoad LOAD = new NodeLoad(4, 1L << 34, 1L << 33, 0, 1L << 30);
    private static final Demand DEMAND = new Demand(5, 0.25);
    private static final ExtenderConfig CONFIG = ExtenderConfig.at(new InetSocketAddress(0));
    private static final long PAGE = Holders.PAGE_BYTES;

    private final AtomicLong nanos = new AtomicLong();
    private final SnapshotIndex index = new SnapshotIndex(STALE, nanos::get, () -> START.plusNanos(nanos.get()));

    /** The same random events on the index and on a plain map; after each, the scores must be those of a fresh computation. */
    @Test
    void equalsAComputationFromScratchAfterAnyEvents() {
        for (long seed = 1; seed <= 40; seed++) {
            new RandomEvents(seed).run();
        }
    }

    private static final class RandomEvents {
        private final long seed;
        private final Random random;
        private final SnapshotIndex index = new SnapshotIndex(STALE, () -> 0, () -> START);
        private final Map<String, NodeReport> reports = new TreeMap<>();
        private final Map<String, String[]> pending = new LinkedHashMap<>();

        RandomEvents(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run() {
            for (int step = 0; step < 300; step++) {
                String node = "node-" + random.nextInt(12);
                String pod = "pod-" + random.nextInt(20);
                switch (random.nextInt(6)) {
                    case 0, 1, 2 -> report(node);
                    case 3 -> {
                        reports.remove(node);
                        index.forget(node);
                    }
                    case 4 -> {
                        String identity = "s" + random.nextInt(30);
                        pending.put(pod, new String[] {node, identity});
                        index.podPending(pod, node, identity, Demand.NONE);
                    }
                    default -> settleAndReport(pod);
                }
                compare(step);
            }
        }

        private void report(String node) {
            int total = random.nextInt(900);
            TreeMap<Long, long[]> held = new TreeMap<>();
            for (int i = 0; i < total; i++) {
                long workingSet = 10 * PAGE;
                held.put(
                        SnapshotKey.of("s" + random.nextInt(1200)), new long[] {PAGE * random.nextInt(11), workingSet});
            }
            long[] keys = held.keySet().stream().mapToLong(Long::longValue).toArray();
            long[] present = held.values().stream().mapToLong(value -> value[0]).toArray();
            long[] totals = held.values().stream().mapToLong(value -> value[1]).toArray();
            NodeLoad load = new NodeLoad(1 + random.nextInt(8), 1L << 34, 1L << 33, random.nextInt(10), 1L << 30);
            NodeReport report = new NodeReport(
                    node,
                    START.plusSeconds(random.nextInt(1000)),
                    "class-" + random.nextInt(2),
                    load,
                    new HeldSnapshots(keys, present, totals));
            reports.put(node, report);
            index.apply(report);
        }

        /** A settled pod's bytes count until its node's next word, so let the node speak at once. */
        private void settleAndReport(String pod) {
            String[] place = pending.remove(pod);
            index.podSettled(pod);
            if (place != null && reports.containsKey(place[0])) {
                index.apply(requireNonNull(reports.get(place[0])));
            }
        }

        private void compare(int step) {
            String identity = "s" + random.nextInt(30);
            List<String> names = new ArrayList<>(reports.keySet());
            PodFacts pod = pod();
            Decider decider = new Decider(index, CONFIG);
            Decider.Scratch scratch = new Decider.Scratch();
            int[] actual = index.read(() -> {
                for (int i = 0; i < names.size(); i++) {
                    byte[] text = names.get(i).getBytes(StandardCharsets.UTF_8);
                    scratch.candidates[i] = index.nodes().get(text, 0, text.length);
                }
                decider.decide(identity, pod, scratch, names.size(), null);
                return Arrays.copyOf(scratch.scores, names.size());
            });
            assertThat(actual)
                    .as("seed %d, step %d, %s among %s", seed, step, identity, names)
                    .isEqualTo(fromScratch(identity, names));
        }

        private int[] fromScratch(String identity, List<String> names) {
            long key = SnapshotKey.of(identity);
            Map<String, Long> missing = new HashMap<>();
            List<Long> claims = new ArrayList<>();
            List<String> classes = new ArrayList<>();
            reports.forEach((name, report) -> {
                int at = Arrays.binarySearch(report.held().keys(), key);
                if (at >= 0) {
                    claims.add(report.held().workingSetBytes()[at]);
                    missing.put(
                            name,
                            report.held().workingSetBytes()[at] - report.held().presentBytes()[at]);
                    classes.add(report.hostClass());
                }
            });
            claims.sort(null);
            boolean onItsWay = pending.values().stream().anyMatch(place -> place[1].equals(identity));
            long workingSet = claims.isEmpty()
                    ? onItsWay ? CostModel.DEFAULT.assumedWorkingSetBytes() : 0
                    : claims.get((claims.size() - 1) / 2);
            Map<String, Long> arriving = new HashMap<>();
            pending.values().stream().filter(place -> place[1].equals(identity)).forEach(place -> {
                long lacking = missing.getOrDefault(place[0], workingSet);
                missing.put(place[0], lacking);
                arriving.put(place[0], lacking);
                if (reports.containsKey(place[0])) {
                    classes.add(requireNonNull(reports.get(place[0])).hostClass());
                }
            });
            List<NodeView> views = new ArrayList<>();
            for (String name : names) {
                NodeReport report = requireNonNull(reports.get(name));
                int onTheWay = (int) pending.values().stream()
                        .filter(place -> place[0].equals(name))
                        .count();
                NodeLoad load = report.load();
                NodeLoad seen = new NodeLoad(
                        load.cores(),
                        load.memoryBytes(),
                        load.freeMemoryBytes(),
                        Math.max(load.runningThaws(), onTheWay),
                        load.freeCacheBytes());
                Long lacks = missing.get(name);
                views.add(new NodeView(
                        name,
                        seen,
                        classes.contains(report.hostClass()),
                        lacks == null ? 0 : Math.max(0, workingSet - lacks),
                        arriving.getOrDefault(name, 0L)));
            }
            return new ExpectedCost(CostModel.DEFAULT)
                    .score(new PlacementRequest("pod", Demand.NONE, workingSet, 0), views, ScoreScale.DEFAULT);
        }
    }

    @Test
    void aNodeWhoseHeartbeatsStopAttractsNothing() {
        index.apply(report("holder", START, true));
        index.apply(report("other", START, false));
        assertThat(scores("holder", "other")).containsExactly(100, 80);
        nanos.set(STALE.toNanos() + 1);
        index.apply(report("other", START.plusSeconds(120), false));
        assertThat(scores("holder", "other")).containsExactly(100, 100);
        assertThat(index.counts().staleNodes()).isEqualTo(1);
    }

    @Test
    void anOldReportIsStaleAtFirstSight() {
        index.apply(report("holder", START.minusSeconds(3600), true));
        assertThat(index.counts()).isEqualTo(new SnapshotIndex.Counts(0, 1, 1, 1, 0));
    }

    @Test
    void anExpectationIsForgottenWhenThePodIsNotSeenBound() {
        index.apply(report("a", START, true));
        index.podExpected("pod", "a", "snapshot", DEMAND);
        assertThat(index.counts().pendingPods()).isEqualTo(1);
        nanos.set(Duration.ofSeconds(4).toNanos());
        index.podExpected("next", "a", "snapshot", DEMAND);
        assertThat(index.counts().pendingPods()).isEqualTo(1);
        index.podPending("next", "b", "snapshot", DEMAND);
        index.podSettled("next");
        assertThat(index.counts()).isEqualTo(new SnapshotIndex.Counts(1, 0, 1, 1, 0));
        assertThat(index.read(() -> index.arriving(SnapshotKey.of("snapshot")))).isEmpty();
    }

    @Test
    void aBurstSpreadsBecausePodsAreExpectedWhereTheyWereSent() {
        for (String node : List.of("a", "b", "c", "d")) {
            index.apply(report(node, START, true));
        }
        Map<String, Integer> chosen = new HashMap<>();
        List<String> names = List.of("a", "b", "c", "d");
        for (int i = 0; i < 40; i++) {
            int[] scores = scores(names.toArray(String[]::new));
            int best = 0;
            for (int at = 1; at < scores.length; at++) {
                best = scores[at] > scores[best] ? at : best;
            }
            index.podExpected("pod-" + i, names.get(best), "snapshot", Demand.NONE);
            chosen.merge(names.get(best), 1, Integer::sum);
        }
        assertThat(chosen.values()).allSatisfy(count -> assertThat(count).isBetween(5, 15));
    }

    @Test
    void aFetchThatHasBegunIsWaitedForAndNotPaidAgain() {
        index.apply(report("holder", START, true));
        index.apply(report("a", START, false));
        index.apply(report("b", START, false));
        int fetching = scores("holder", "a", "b")[1];
        index.podPending("pod", "a", "snapshot", Demand.NONE);
        int begun = scores("holder", "a", "b")[1];
        nanos.set(Duration.ofMillis(100).toNanos());
        int halfDone = scores("holder", "a", "b")[1];
        nanos.set(Duration.ofMillis(1000).toNanos());
        int done = scores("holder", "a", "b")[1];
        assertThat(List.of(fetching, begun, halfDone, done)).isSorted().doesNotHaveDuplicates();
        assertThat(done).isEqualTo(100);
    }

    @Test
    void aSnapshotThatNobodyReportedGathersWhereItWasSentFirst() {
        for (String node : List.of("a", "b", "c")) {
            index.apply(report(node, START, false));
        }
        assertThat(scores("a", "b", "c")).containsExactly(100, 100, 100);
        index.podPending("pod", "b", "snapshot", Demand.NONE);
        assertThat(scores("a", "b", "c")[1]).isEqualTo(100);
        assertThat(scores("a", "b", "c")[0]).isLessThan(100);
    }

    @Test
    void podsOnTheirWayTakeMemoryAndCores() {
        index.apply(report("a", START, true));
        index.podPending("pod", "a", "snapshot", new Demand(1L << 30, 1.5));
        NodeLoad load =
                index.read(() -> requireNonNull(requireNonNull(index.nodes().get("a")).load));
        assertThat(load)
                .isEqualTo(new NodeLoad(2.5, LOAD.memoryBytes(), LOAD.freeMemoryBytes() - (1L << 30), 1, 1L << 30));
        index.podSettled("pod");
        assertThat(requireNonNull(requireNonNull(index.nodes().get("a")).load).cores())
                .isEqualTo(2.5);
        index.apply(report("a", START, true));
        assertThat(requireNonNull(index.nodes().get("a")).load).isEqualTo(LOAD);
    }

    @Test
    void oneHostileClaimChangesNothingForOthers() {
        for (String node : List.of("a", "b", "c")) {
            index.apply(report(node, START, true));
        }
        int[] before = scores("a", "b", "c", "x");
        index.apply(new NodeReport(
                "hostile",
                START,
                "kvm",
                LOAD,
                new HeldSnapshots(new long[] {SnapshotKey.of("snapshot")}, new long[] {1}, new long[] {1L << 53})));
        assertThat(scores("a", "b", "c", "x")).isEqualTo(before);
    }

    private int[] scores(String... names) {
        Decider decider = new Decider(
                index,
                CONFIG.with(ExtenderConfig.Rule.COST, CostModel.DEFAULT, new ScoreScale(100, Duration.ofSeconds(8))));
        Decider.Scratch scratch = new Decider.Scratch();
        return index.read(() -> {
            for (int i = 0; i < names.length; i++) {
                scratch.candidates[i] = index.nodes().get(names[i]);
            }
            decider.decide("snapshot", pod(), scratch, names.length, null);
            return Arrays.copyOf(scratch.scores, names.length);
        });
    }

    private static NodeReport report(String node, Instant heartbeat, boolean holds) {
        long[] keys = holds ? new long[] {SnapshotKey.of("snapshot")} : new long[0];
        long[] bytes = holds ? new long[] {PAGE * 5600} : new long[0];
        return new NodeReport(node, heartbeat, "kvm", LOAD, new HeldSnapshots(keys, bytes, bytes.clone()));
    }

    private static PodFacts pod() {
        return new PodFacts("ns", "pod", "uid", Map.of(), Map.of(), null, List.of());
    }
}
