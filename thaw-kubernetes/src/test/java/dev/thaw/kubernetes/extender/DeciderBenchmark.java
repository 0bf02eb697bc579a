package dev.thaw.kubernetes.extender;

import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.Demand;
import dev.thaw.node.placement.ExpectedCost;
import dev.thaw.node.placement.NodeLoad;
import dev.thaw.node.placement.NodeView;
import dev.thaw.node.placement.PlacementPolicy;
import dev.thaw.node.placement.PlacementRequest;
import dev.thaw.node.placement.ScoreScale;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The scoring alone, of a thousand nodes. Run by {@code org.openjdk.jmh.Main DeciderBenchmark} on the test class path. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
public class DeciderBenchmark {
    private final PlacementPolicy policy = new ExpectedCost(CostModel.DEFAULT);
    private final PlacementRequest request = new PlacementRequest("pod", new Demand(256 << 20, 0.25), 24_000_000, 0);
    private final List<NodeView> nodes = nodes();

    private static List<NodeView> nodes() {
        Random random = new Random(1);
        return IntStream.range(0, 1000)
                .mapToObj(i -> new NodeView(
                        "node-" + i,
                        new NodeLoad(
                                16, 64L << 30, (long) ((64L << 30) * random.nextDouble()), random.nextInt(8), 1L << 30),
                        true,
                        random.nextInt(10) == 0 ? 24_000_000 : 0))
                .toList();
    }

    @Benchmark
    public int[] scoreAThousandNodes() {
        return policy.score(request, nodes, ScoreScale.DEFAULT);
    }
}
