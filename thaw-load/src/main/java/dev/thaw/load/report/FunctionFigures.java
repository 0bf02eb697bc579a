package dev.thaw.load.report;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Figures of one function's invocations in the execution phase.
 *
 * <p>Slowdown is response time over the run time asked for, of answered invocations: 1 would be a system that costs nothing. A
 * function's slowdown is the geometric mean over its invocations, so that a few long waits of short functions do not stand for all; a
 * system's is a percentile of that over its functions.
 */
public final class FunctionFigures {
    private final String name;
    private final Series responseMillis = new Series();
    private final Series slowdown = new Series();
    private long invocations;
    private long failures;
    private long coldStarts;

    FunctionFigures(String name) {
        this.name = name;
    }

    void add(double millis, double requestedMillis, boolean answered, boolean cold) {
        invocations++;
        coldStarts += cold ? 1 : 0;
        if (answered) {
            responseMillis.add(millis);
            if (requestedMillis > 0) {
                slowdown.add(millis / requestedMillis);
            }
        } else {
            failures++;
        }
    }

    public String name() {
        return name;
    }

    public long invocations() {
        return invocations;
    }

    public long failures() {
        return failures;
    }

    Series slowdown() {
        return slowdown;
    }

    ObjectNode toJson() {
        ObjectNode json = JsonMapper.shared()
                .createObjectNode()
                .put("name", name)
                .put("invocations", invocations)
                .put("failures", failures)
                .put("cold_starts", coldStarts);
        if (responseMillis.size() > 0) {
            json.set("response_ms", responseMillis.distribution().toJson());
        }
        if (slowdown.size() > 0) {
            json.set("slowdown", slowdown.distribution().toJson());
        }
        return json;
    }
}
