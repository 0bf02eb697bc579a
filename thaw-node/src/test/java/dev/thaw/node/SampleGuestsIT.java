package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every sample does its work in a guest: in one that was booted, and at once in clones of it. */
class SampleGuestsIT {
    private static final int CLONES = 5;

    @TempDir
    static Path directory;

    private static RealWorkers workers;

    @BeforeAll
    static void open() throws Exception {
        workers = new RealWorkers(directory, Mode.LOCAL, 1);
    }

    @AfterAll
    static void close() throws Exception {
        workers.close();
        assertThat(workers.heard().failures).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void worksBootedAndThawed(SampleWork work) throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println(work.sample() + " seed " + seed);
        Random random = new Random(seed);
        Revision revision = workers.sample(work.sample(), 256L << 20);
        Clones.freeze(workers, revision, claim -> {
            work.check(claim, random);
            if (work.hello()) {
                // What a runtime drew before the freeze, a cache of identifiers above all, is what its clones would
                // share.
                RealWorkers.get(claim, "/identity");
            }
        });
        for (int i = 0; i < 2; i++) {
            try (Claim claim = workers.worker(0).claim(revision, System.nanoTime())) {
                assertThat(claim.kind()).isEqualTo(StartKind.THAW_LOCAL);
                work.check(claim, random);
            }
            Clones.retire(workers, revision);
        }
        if (work.hello()) {
            Clones.assertDistinct(workers, revision, CLONES, CLONES);
        }
    }
}
