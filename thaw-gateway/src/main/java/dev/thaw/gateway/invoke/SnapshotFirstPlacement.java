package dev.thaw.gateway.invoke;

import dev.thaw.node.WorkerView;
import java.util.Comparator;
import java.util.List;

/**
 * A free instance first; then a worker that has the snapshot, for it need not fetch it, unless as many starts are under way there as it has cores while
 * another worker has none; then whichever has the least to do.
 */
public final class SnapshotFirstPlacement implements Placement {
    private static final Comparator<WorkerView> LEAST_BUSY = Comparator.comparingLong(WorkerView::starts)
            .thenComparingLong(WorkerView::inFlight)
            .thenComparing(Comparator.comparingLong(WorkerView::freeBytes).reversed())
            .thenComparing(WorkerView::name);

    private final int cores;

    public SnapshotFirstPlacement(int cores) {
        this.cores = cores;
    }

    @Override
    public WorkerView choose(List<WorkerView> workers) {
        boolean anyIdle = workers.stream().anyMatch(worker -> worker.starts() == 0);
        return workers.stream()
                .filter(worker -> worker.freeInstances() > 0)
                .min(LEAST_BUSY)
                .or(() -> workers.stream()
                        .filter(WorkerView::snapshotHere)
                        .filter(worker -> worker.starts() < cores || !anyIdle)
                        .min(LEAST_BUSY))
                .orElseGet(() -> workers.stream().min(LEAST_BUSY).orElseThrow());
    }
}
