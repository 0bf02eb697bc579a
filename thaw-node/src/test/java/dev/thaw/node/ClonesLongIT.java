package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hundred clones of each runtime's sample: no two draw the same random numbers, identifiers or names. */
class ClonesLongIT {
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
}
