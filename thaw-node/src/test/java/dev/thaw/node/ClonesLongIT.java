package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** A hundred clones of each runtime's sample: no two draw the same random numbers, identifiers or names. */
class ClonesLongIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int CLONES = 100;
    private static final int AT_ONCE = 5;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(names = "HELLO_.*", mode = EnumSource.Mode.MATCH_ALL)
    void aHundredClonesAreDistinct(SampleWork work) throws Exception {
        try (RealWorkers workers = new RealWorkers(directory, Mode.LOCAL, 1)) {
            Revision revision = workers.sample(work.sample(), 256L << 20);
            // What a runtime draws before the freeze is what its clones would share: a cache of identifiers above all.
            Clones.freeze(workers, revision, claim -> {
                for (int i = 0; i < 3; i++) {
                    RealWorkers.get(claim, "/identity");
                }
            });
            Clones.assertDistinct(workers, revision, CLONES, AT_ONCE);
            assertThat(workers.heard().failures).isEmpty();
        }
    }

    /** That the clones above are distinct is the adapter's doing: without it Node goes on with the identifiers that it had drawn. */
    @Test
    void withoutItsAdapterNodeRepeatsItself() throws Exception {
        try (RealWorkers workers = new RealWorkers(directory, Mode.LOCAL, 1)) {
            Revision bare = workers.withCommand(
                    workers.sample("hello-node", 256L << 20), "bare-node", List.of("/usr/bin/node", "/app/main.js"));
            Clones.freeze(workers, bare, claim -> RealWorkers.get(claim, "/identity"));
            Set<String> uuids = new HashSet<>();
            for (int i = 0; i < 2; i++) {
                try (Claim claim = workers.worker(0).claim(bare, System.nanoTime())) {
                    assertThat(claim.kind()).isEqualTo(StartKind.THAW_LOCAL);
                    uuids.add(JSON.readTree(RealWorkers.get(claim, "/identity"))
                            .path("uuid")
                            .asString());
                }
                Clones.retire(workers, bare);
            }
            assertThat(uuids).hasSize(1);
        }
    }
}
