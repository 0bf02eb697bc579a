package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.invoke.InvocationListener;
import dev.thaw.gateway.observe.Metrics;
import dev.thaw.node.StartKind;
import dev.thaw.sandbox.Phase;
import java.util.Map;

/** Counts invocations. */
record InvocationMetrics(Metrics metrics) implements InvocationListener {
    InvocationMetrics {
        requireNonNull(metrics, "metrics is null");
    }

    @Override
    public void answered(String function, String worker, StartKind kind, int status, Map<Phase, Double> phasesMillis) {
        metrics.answered(function, kind, status);
    }

    @Override
    public void failed(String function, int status, String problem) {
        metrics.failed(function, problem);
    }
}
