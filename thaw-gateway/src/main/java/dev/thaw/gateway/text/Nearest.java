package dev.thaw.gateway.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a user probably meant. */
public final class Nearest {
    private Nearest() {}

    /** The candidate with the fewest edits from {@code text}; empty when none is alike enough to be worth naming. */
    public static Optional<String> to(String text, Collection<String> candidates) {
        int most = Math.max(1, text.length() / 3);
        return candidates.stream()
                .filter(candidate -> isAlike(text, candidate, most))
                .min(Comparator.<String>comparingInt(candidate -> edits(text, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** As the end of a sentence: {@code  Did you mean 'x'?}; empty when nothing is alike. */
    public static String hint(String text, Collection<String> candidates) {
        return to(text, candidates).map(near -> " Did you mean '" + near + "'?").orElse("");
    }

    private static boolean isAlike(String text, String candidate, int most) {
        boolean begins = text.length() >= 3 && (candidate.startsWith(text) || text.startsWith(candidate));
        return begins || edits(text, candidate) <= most;
    }

    /** Insertions, deletions, replacements and swaps of neighbours (Damerau, restricted), one each. */
    static int edits(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int best = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
                best = Math.min(best, cost[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    best = Math.min(best, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = best;
            }
        }
        return cost[a.length()][b.length()];
    }
}
