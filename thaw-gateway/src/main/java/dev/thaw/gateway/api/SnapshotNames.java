package dev.thaw.gateway.api;

import dev.thaw.cache.CachedSnapshot;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.text.Nearest;
import dev.thaw.node.Worker;
import dev.thaw.store.Manifest;
import java.util.List;

/** Snapshots as users name them: by revision, by digest, or by the digest's first digits. */
final class SnapshotNames {
    private static final int FEWEST_DIGITS = 6;

    private SnapshotNames() {}

    static boolean names(String wanted, Manifest manifest) {
        String digits = wanted.startsWith("sha256:") ? wanted.substring("sha256:".length()) : wanted;
        return wanted.equals(manifest.revision())
                || (digits.length() >= FEWEST_DIGITS && manifest.id().hex().startsWith(digits));
    }

    /** @param wanted empty for all */
    static List<CachedSnapshot> cached(Worker worker, String wanted) throws ProblemException {
        List<CachedSnapshot> all = worker.snapshots();
        if (wanted.isEmpty()) {
            return all;
        }
        List<CachedSnapshot> found =
                all.stream().filter(cached -> names(wanted, cached.manifest())).toList();
        if (found.isEmpty()) {
            throw unknown(
                    wanted,
                    all.stream().map(cached -> cached.manifest().revision()).toList());
        }
        return found;
    }

    static ProblemException unknown(String wanted, List<String> revisions) {
        return Problem.of(
                        404,
                        "unknown-snapshot",
                        "There is no such snapshot",
                        "No snapshot is called '" + wanted + "'." + Nearest.hint(wanted, revisions)
                                + " Name a revision, or a snapshot's digest or at least six digits of it.")
                .asException();
    }
}
