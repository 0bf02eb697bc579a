package dev.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thaws through a store that fails, and a daemon that is killed: every answer is right, and nothing is left. */
class LazySoakIT {
    private static final List<String> SAMPLES = List.of("hello-c", "hello-python");

    @TempDir
    Path directory;

    @Test
    void everyAnswerIsRightAndNothingIsLeft() throws Exception {
        soak(directory, 30, 4, 0.03);
    }

    /**
     * @param thaws how many there are to be at least
     * @param clones the most at once
     * @param killed how probable it is that a round kills the daemon
     */
    static void soak(Path directory, int thaws, int clones, double killed) throws Exception {
        long seed = Long.getLong("thaw.seed", System.nanoTime());
        System.out.println("Soak with -Dthaw.seed=" + seed);
        Random random = new Random(seed);
        try (SoakDaemon daemon = new SoakDaemon(directory, random)) {
            LazySoak soak = new LazySoak(daemon, random.nextLong(), killed);
            try {
                for (String sample : SAMPLES) {
                    soak.deploy(sample, sample);
                }
                int rounds = 0;
                int done = 0;
                while (done < thaws) {
                    done += soak.round(SAMPLES.get(rounds % SAMPLES.size()), 1 + random.nextInt(clones));
                    rounds++;
                    if (rounds % 50 == 0) {
                        System.out.println(rounds + " rounds: " + soak.report());
                    }
                }
                System.out.println(rounds + " rounds with " + done + " thaws: " + soak.report());
                // Else nothing of what clones remember would have been compared.
                assertThat(soak.counted("state")).isGreaterThan(thaws / 2);
                assertThat(soak.counted("start thaw-remote")).isGreaterThan(thaws / 4);
                daemon.assertNothingHeld(SAMPLES);
            } catch (Exception | AssertionError e) {
                System.out.println("Soak broken off: " + soak.report() + "\n" + daemon.log() + daemon.threads());
                throw e;
            }
        }
    }
}
