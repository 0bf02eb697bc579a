package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Turns costs into whole scores by a fixed rate of exchange: the cheapest node gets {@code maximum}, and each
 * {@code range ÷ maximum} of extra time takes one point, down to 0.
 *
 * <p>Costs are compared with the cheapest candidate, not stretched over the candidates' own span: when all nodes cost nearly
 * the same, all scores are nearly the same and other signals decide. A fixed rate also means that a point keeps its worth, so
 * that it can be weighed against them.
 *
 * @param maximum the best score, from 1 to 1,000,000
 * @param range the extra cost at which a node's score reaches 0
 */
public record ScoreScale(int maximum, Duration range) {

    /** One point for 50 ms: a hundred points span five seconds. */
    public static final ScoreScale DEFAULT = new ScoreScale(100, Duration.ofSeconds(5));

    public ScoreScale {
        requireNonNull(range, "range is null");
        if (maximum < 1 || maximum > 1_000_000) {
            throw new IllegalArgumentException("maximum is " + maximum + ", it must lie between 1 and 1,000,000");
        }
        if (range.compareTo(Duration.ofMillis(1)) < 0 || range.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("range is " + range + ", it must lie between 1 ms and a day");
        }
    }

    /**
     * Writes the scores of the first {@code count} costs.
     *
     * @param millis costs, not negative; infinite where a node has no room, which scores 0
     */
    public void scores(double[] millis, int count, int[] scores) {
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            best = Math.min(best, millis[i]);
        }
        double pointsPerMilli = maximum / (double) range.toMillis();
        for (int i = 0; i < count; i++) {
            scores[i] = millis[i] == Double.POSITIVE_INFINITY
                    ? 0
                    : (int) (Math.max(0, maximum - (millis[i] - best) * pointsPerMilli) + 0.5);
        }
    }
}
