package dev.thaw.load.report;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Figures of a run. The warm-up counts in outcomes and lateness only. Not thread safe. */
public final class RunFigures {
    private final Map<String, FunctionFigures> functions = new LinkedHashMap<>();
    private final Map<String, Long> outcomes = new TreeMap<>();
    private final Map<String, Long> starts = new TreeMap<>();
    private final Series responseMillis = new Series();
    private final Series slowdown = new Series();
    private final Series latenessMillis = new Series();

    public RunFigures(Collection<String> functionNames) {
        functionNames.forEach(name -> functions.put(name, new FunctionFigures(name)));
    }

    /**
     * Counts an invocation.
     *
     * @param outcome as in the results' file
     * @param start what the platform said about how it started; empty when nothing
     * @param executionPhase whether it was not the warm-up
     */
    public void add(
            String function,
            String outcome,
            boolean answered,
            String start,
            boolean cold,
            boolean executionPhase,
            double millis,
            double requestedMillis,
            double lateMillis) {
        outcomes.merge(outcome, 1L, Long::sum);
        latenessMillis.add(lateMillis);
        if (!executionPhase) {
            return;
        }
        if (!start.isEmpty()) {
            starts.merge(start, 1L, Long::sum);
        }
        functions.computeIfAbsent(function, FunctionFigures::new).add(millis, requestedMillis, answered, cold);
        if (answered) {
            responseMillis.add(millis);
            if (requestedMillis > 0) {
                slowdown.add(millis / requestedMillis);
            }
        }
    }

    public Map<String, Long> outcomes() {
        return Map.copyOf(outcomes);
    }

    public long total() {
        return latenessMillis.size();
    }

    public Series lateness() {
        return latenessMillis;
    }

    public Series response() {
        return responseMillis;
    }

    public ObjectNode toJson() {
        ObjectNode json = JsonMapper.shared().createObjectNode().put("invocations", total());
        ObjectNode byOutcome = json.putObject("outcomes");
        outcomes.forEach(byOutcome::put);
        ObjectNode byStart = json.putObject("starts");
        starts.forEach(byStart::put);
        put(json, "lateness_ms", latenessMillis);
        put(json, "response_ms", responseMillis);
        put(json, "slowdown", slowdown);
        Series functionSlowdown = new Series();
        ArrayNode all = json.putArray("functions");
        for (FunctionFigures function : functions.values()) {
            if (function.slowdown().size() > 0) {
                functionSlowdown.add(function.slowdown().distribution().geometricMean());
            }
            all.add(function.toJson());
        }
        put(json, "function_slowdown", functionSlowdown);
        return json;
    }

    private static void put(ObjectNode json, String name, Series series) {
        if (series.size() > 0) {
            json.set(name, series.distribution().toJson());
        }
    }

    /** A few lines for a reader. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%d invocations:", total()));
        outcomes.forEach((outcome, count) ->
                text.append(' ').append(count).append(' ').append(outcome).append(','));
        text.setLength(text.length() - 1);
        text.append('\n');
        if (!starts.isEmpty()) {
            text.append("starts:");
            starts.forEach((start, count) ->
                    text.append(' ').append(count).append(' ').append(start).append(','));
            text.setLength(text.length() - 1);
            text.append('\n');
        }
        append(text, "response, ms", responseMillis);
        append(text, "slowdown", slowdown);
        append(text, "lateness, ms", latenessMillis);
        return text.toString();
    }

    private static void append(StringBuilder text, String name, Series series) {
        if (series.size() > 0) {
            Distribution all = series.distribution();
            text.append(String.format(
                    Locale.ROOT,
                    "%-13s p50 %.3f  p90 %.3f  p95 %.3f  p99 %.3f  max %.3f%n",
                    name + ":",
                    all.p50(),
                    all.p90(),
                    all.p95(),
                    all.p99(),
                    all.max()));
        }
    }
}
