package dev.thaw.load.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RunFiguresTest {
    private final RunFigures figures = new RunFigures(List.of("f", "g", "idle"));

    /** Expected: numpy.percentile([10, 20, 40, 90], [50, 90, 95, 99]) and scipy.stats.gmean of the slowdowns. */
    @Test
    void slowdownAndPercentilesAreThoseThatResearchersCompute() {
        figures.add("f", "ok", true, "boot", true, false, 5000, 10, 7);
        figures.add("f", "ok", true, "warm", false, true, 40, 10, 1);
        figures.add("f", "ok", true, "thaw-local", true, true, 10, 10, 2);
        figures.add("f", "ok", true, "warm", false, true, 20, 10, 3);
        figures.add("g", "ok", true, "warm", false, true, 90, 10, 4);
        figures.add("g", "timeout", false, "", false, true, 1000, 10, 5);

        JsonNode json = figures.toJson();

        assertThat(figures.total()).isEqualTo(6);
        assertThat(figures.outcomes()).isEqualTo(Map.of("ok", 5L, "timeout", 1L));
        assertThat(json.path("starts").toString()).isEqualTo("{\"thaw-local\":1,\"warm\":3}");
        assertDistribution(json.path("response_ms"), 4, 30, 75, 82.5, 88.5, 90);
        assertDistribution(json.path("lateness_ms"), 6, 3.5, 6, 6.5, 6.9, 7);
        assertDistribution(json.path("slowdown"), 4, 3, 7.5, 8.25, 8.85, 9);
        JsonNode f = json.path("functions").path(0);
        assertThat(f.path("invocations").asInt()).isEqualTo(3);
        assertThat(f.path("cold_starts").asInt()).isEqualTo(1);
        assertThat(f.path("slowdown").path("geomean").asDouble()).isCloseTo(2, within(1e-9));
        JsonNode g = json.path("functions").path(1);
        assertThat(g.path("failures").asInt()).isEqualTo(1);
        assertThat(g.path("slowdown").path("geomean").asDouble()).isCloseTo(9, within(1e-9));
        assertThat(json.path("functions").path(2).path("invocations").asInt()).isZero();
        assertDistribution(json.path("function_slowdown"), 2, 5.5, 8.3, 8.65, 8.93, 9);
        assertThat(figures.toText())
                .startsWith("6 invocations: 5 ok, 1 timeout\nstarts: 1 thaw-local, 3 warm\n")
                .contains("slowdown:     p50 3.000  p90 7.500");
    }

    @Test
    void nothingIsSaidOfNothing() {
        assertThat(figures.toText()).isEqualTo("0 invocations\n");
        assertThat(figures.toJson().has("slowdown")).isFalse();
        assertThatThrownBy(() -> figures.response().distribution()).isInstanceOf(IllegalStateException.class);
    }

    private static void assertDistribution(
            JsonNode actual, int count, double p50, double p90, double p95, double p99, double max) {
        assertThat(actual.path("count").asInt()).isEqualTo(count);
        assertThat(List.of("p50", "p90", "p95", "p99", "max").stream()
                        .mapToDouble(name -> actual.path(name).asDouble())
                        .toArray())
                .containsExactly(new double[] {p50, p90, p95, p99, max}, within(1e-9));
    }
}
