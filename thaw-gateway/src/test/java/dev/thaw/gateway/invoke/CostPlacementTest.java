package dev.thaw.gateway.invoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.node.WorkerView;
import java.util.List;
import org.junit.jupiter.api.Test;

class CostPlacementTest {
    private static final long MIB = 1 << 20;

    private final Placement placement = new CostPlacement(4);

    @Test
    void takesAFreeInstanceWhereverItIs() {
        WorkerView free = new WorkerView("busy", 1, 9, 90, false, 256 * MIB, 4096 * MIB, 0);
        assertThat(placement.choose(List.of(worker("idle", 0, true, 4096), free)))
                .isEqualTo(free);
    }

    @Test
    void startsWhereTheSnapshotIs() {
        assertThat(chosen(worker("a", 0, false, 4096), worker("b", 1, true, 2048)))
                .isEqualTo("b");
    }

    @Test
    void leavesTheSnapshotWhenTheQueueThereCostsMoreThanFetchingIt() {
        assertThat(chosen(worker("a", 0, false, 4096), worker("b", 40, true, 2048)))
                .isEqualTo("a");
    }

    @Test
    void leavesTheSnapshotWhereThereIsNoRoom() {
        assertThat(chosen(worker("a", 0, false, 4096), worker("b", 0, true, 255)))
                .isEqualTo("a");
    }

    @Test
    void withoutASnapshotTheEmptierWorkerIsTaken() {
        assertThat(chosen(worker("a", 0, false, 1024), worker("b", 0, false, 4096)))
                .isEqualTo("b");
    }

    @Test
    void whereThereIsRoomNowhereTheLeastBusyWaits() {
        assertThat(chosen(worker("a", 3, true, 100), worker("b", 2, false, 100)))
                .isEqualTo("b");
    }

    private String chosen(WorkerView... workers) {
        return placement.choose(List.of(workers)).name();
    }

    private static WorkerView worker(String name, int starts, boolean snapshotHere, long freeMib) {
        return new WorkerView(name, 0, starts, starts, snapshotHere, 256 * MIB, 4096 * MIB, freeMib * MIB);
    }
}
