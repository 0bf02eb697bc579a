package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three hundred cold starts in a row over four functions and two workers, and sixteen clones at once: none fails, nothing is left. */
class ManyStartsLongIT {
    private static final Map<String, Long> FUNCTIONS = new TreeMap<>(Map.of(
            "hello-c", 128L << 20,
            "hello-python", 256L << 20,
            "hello-node", 256L << 20,
            "hello-java", 256L << 20));
    private static final int COLD_STARTS = 300;
    private static final int BOOT_EVERY = 30;
    private static final int CLONES = 16;

    @TempDir
    static Path directory;

    private static RealWorkers workers;
    private static final List<Revision> revisions = new ArrayList<>();

    @BeforeAll
    static void open() throws Exception {
        workers = new RealWorkers(directory, Mode.REMOTE, 2);
        for (Map.Entry<String, Long> function : FUNCTIONS.entrySet()) {
            Revision revision = workers.sample(function.getKey(), function.getValue());
            revisions.add(revision);
            workers.get(0, revision, "/");
            assertThat(workers.heard().freezes.poll(120, TimeUnit.SECONDS))
                    .as(function.getKey())
                    .isNotNull();
            workers.retire(0, revision);
            // Fetched by the other worker, so that what follows leaves no new files.
            workers.cycle(1, revision);
        }
    }

    @AfterAll
    static void close() throws Exception {
        workers.close();
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(workers.heard().failures).isEmpty();
    }

    @Test
    void coldStartsInARowLeaveNothing() throws Exception {
        Census census = new Census(List.of(directory.resolve("sandbox"), workers.runDirectory()));
        Map<String, Long> before = census.count();
        Map<StartKind, Integer> kinds = new EnumMap<>(StartKind.class);
        for (int i = 0; i < COLD_STARTS; i++) {
            Revision revision = revisions.get(i % revisions.size());
            if (i % BOOT_EVERY == BOOT_EVERY - 1) {
                revision = workers.withoutSnapshots(revision);
            }
            kinds.merge(workers.cycle(i / revisions.size() % 2, revision), 1, Integer::sum);
        }
        System.out.println("Cold starts by kind: " + kinds);
        assertThat(kinds)
                .isEqualTo(Map.of(
                        StartKind.BOOT,
                        COLD_STARTS / BOOT_EVERY,
                        StartKind.THAW_LOCAL,
                        COLD_STARTS - COLD_STARTS / BOOT_EVERY));
        census.assertNothingBeyond(before);
    }

    @Test
    void clonesAtOnceAllAnswer() throws Exception {
        Revision one = workers.withLimits(revisions.get(0), 1, CLONES);
        Census census = new Census(List.of(directory.resolve("sandbox"), workers.runDirectory()));
        Map<String, Long> before = census.count();
        Set<String> instances = new HashSet<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < CLONES; i++) {
                Callable<String> call = () -> {
                    try (Claim claim = workers.worker(0).claim(one, System.nanoTime())) {
                        RealWorkers.get(claim, "/sleep?ms=15000");
                        return claim.instance();
                    }
                };
                answers.add(executor.submit(call));
            }
            for (Future<String> answer : answers) {
                instances.add(answer.get());
            }
        }
        assertThat(instances).as("clones that ran at once").hasSize(CLONES);
        workers.retire(0, one);
        census.assertNothingBeyond(before);
    }
}
