package dev.thaw.load.plan;

import dev.thaw.load.trace.Azure2019;
import dev.thaw.load.trace.Azure2021;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes the plan that a configuration asks for. A directory is a trace of 2019, a file one of 2021, {@code RPS} a constant rate. */
public final class Planner {
    private Planner() {}

    /** @throws dev.thaw.load.trace.TraceException when the trace cannot be read */
    public static Plan plan(LoaderConfig config) {
        if (config.isRps()) {
            return RpsPlan.of(config);
        }
        Path path = Path.of(config.tracePath());
        if (Files.isRegularFile(path)) {
            return TimedPlan.of(config.seed(), Azure2021.read(path), config.totalUnits(), config.warmupDuration());
        }
        return new TracePlan(
                config.seed(),
                Azure2019.read(path, config.totalUnits()),
                config.distribution(),
                config.granularity(),
                config.warmupDuration());
    }
}
