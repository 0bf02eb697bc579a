package dev.thaw.load.report;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What is stated of many values. The geometric mean is 0 where a value is. */
public record Distribution(
        int count,
        double p50,
        double p90,
        double p95,
        double p99,
        double mean,
        double geometricMean,
        double min,
        double max) {

    public ObjectNode toJson() {
        return JsonMapper.shared()
                .createObjectNode()
                .put("count", count)
                .put("p50", p50)
                .put("p90", p90)
                .put("p95", p95)
                .put("p99", p99)
                .put("mean", mean)
                .put("geomean", geometricMean)
                .put("min", min)
                .put("max", max);
    }
}
