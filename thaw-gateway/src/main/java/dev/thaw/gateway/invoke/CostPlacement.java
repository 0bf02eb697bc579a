package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.WorkerView;
import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.Demand;
import dev.thaw.node.placement.ExpectedCost;
import dev.thaw.node.placement.NodeLoad;
import dev.thaw.node.placement.NodeView;
import dev.thaw.node.placement.PlacementRequest;
import dev.thaw.node.placement.ScoreScale;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A free instance first; else the worker where the start is expected to cost least, by the rule that also grades the nodes of a
 * cluster. All memory has the same price here, for workers of one machine crowd each other wherever they are. Where there is room nowhere, the start waits on the
 * worker with the least to do.
 */
public final class CostPlacement implements Placement {
    private static final CostModel COSTS =
            CostModel.DEFAULT.withFullMemory(Duration.ofSeconds(1)).withCrowding(0, 1, Duration.ZERO);

    private static final Comparator<WorkerView> LEAST_BUSY = Comparator.comparingLong(WorkerView::starts)
            .thenComparingLong(WorkerView::inFlight)
            .thenComparing(Comparator.comparingLong(WorkerView::freeBytes).reversed())
            .thenComparing(WorkerView::name);

    private final dev.thaw.node.placement.Placement placement =
            new dev.thaw.node.placement.Placement(new ExpectedCost(COSTS), ScoreScale.DEFAULT);
    private final int cores;

    /** @param cores that starts of one worker may use at once, at least 1 */
    public CostPlacement(int cores) {
        if (cores < 1) {
            throw new IllegalArgumentException("cores is " + cores + ", it must be at least 1");
        }
        this.cores = cores;
    }

    @Override
    public WorkerView choose(List<WorkerView> workers) {
        requireNonNull(workers, "workers is null");
        return workers.stream()
                .filter(worker -> worker.freeInstances() > 0)
                .min(LEAST_BUSY)
                .or(() -> cheapest(workers))
                .orElseGet(() -> workers.stream().min(LEAST_BUSY).orElseThrow());
    }

    private Optional<WorkerView> cheapest(List<WorkerView> workers) {
        boolean exists = workers.stream().anyMatch(WorkerView::snapshotHere);
        long bytes = COSTS.assumedWorkingSetBytes();
        List<NodeView> nodes = workers.stream()
                .map(worker -> new NodeView(
                        worker.name(),
                        new NodeLoad(
                                cores,
                                worker.memoryBytes(),
                                Math.clamp(worker.freeBytes(), 0, worker.memoryBytes()),
                                (int) Math.min(Integer.MAX_VALUE, worker.starts()),
                                Long.MAX_VALUE),
                        exists,
                        worker.snapshotHere() ? bytes : 0))
                .toList();
        // Every start of a revision is alike: what breaks ties is how many there are already.
        long starts = workers.stream()
                .mapToLong(worker -> worker.starts() + worker.inFlight())
                .sum();
        PlacementRequest request = new PlacementRequest(
                Long.toString(starts), new Demand(workers.getFirst().instanceBytes(), 0), bytes, 0);
        return placement
                .choose(request, nodes)
                .map(chosen -> workers.stream()
                        .filter(worker -> worker.name().equals(chosen.name()))
                        .findFirst()
                        .orElseThrow());
    }
}
