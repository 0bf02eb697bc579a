package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Starts one after the other and at once: all succeed, clones are distinct, and nothing is left. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ManyStartsIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int COLD_STARTS = 100;
    private static final int BOOT_EVERY = 20;
    private static final int CLONES = 100;

    @TempDir
    static Path directory;

    private static RealWorkers workers;
    private static Revision python;
    private static Revision plain;

    @BeforeAll
    static void open() throws Exception {
        workers = new RealWorkers(directory, Mode.REMOTE, 2);
        python = workers.sample("hello-python", 256L << 20);
        plain = workers.sample("hello-c", 128L << 20);
        for (Revision revision : List.of(python, plain)) {
            workers.get(0, revision, "/");
            assertThat(workers.heard().freezes.poll(60, TimeUnit.SECONDS)).isNotNull();
            workers.retire(0, revision);
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
    @Order(1)
    void coldStartsInARowLeaveNothing() throws Exception {
        workers.cycle(1, plain);
        workers.cycle(0, python);
        Census census = new Census(List.of(directory.resolve("sandbox"), workers.runDirectory()));
        Map<String, Long> before = census.count();
        Map<StartKind, Integer> kinds = new EnumMap<>(StartKind.class);
        for (int i = 0; i < COLD_STARTS; i++) {
            Revision revision = i % 2 == 0 ? python : plain;
            if (i % BOOT_EVERY == BOOT_EVERY - 1) {
                revision = workers.withoutSnapshots(revision);
            }
            kinds.merge(workers.cycle(i / 2 % 2, revision), 1, Integer::sum);
        }
        System.out.println("Cold starts by kind: " + kinds);
        assertThat(kinds.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(COLD_STARTS);
        assertThat(kinds.get(StartKind.BOOT)).isEqualTo(COLD_STARTS / BOOT_EVERY);
        census.assertNothingBeyond(before);
    }

    @Test
    @Order(2)
    void clonesOfOneSnapshotAreDistinct() throws Exception {
        workers.cycle(0, python);
        Census census = new Census(List.of(directory.resolve("sandbox"), workers.runDirectory()));
        Map<String, Long> before = census.count();
        Map<String, Set<String>> seen = new TreeMap<>();
        Duration furthest = Duration.ZERO;
        for (int i = 0; i < CLONES; i++) {
            try (Claim claim = workers.worker(0).claim(python, System.nanoTime())) {
                assertThat(claim.kind()).isEqualTo(StartKind.THAW_LOCAL);
                Instant asked = Instant.now();
                JsonNode identity = JSON.readTree(RealWorkers.get(claim, "/identity"));
                Instant answered = Instant.now();
                for (String field : List.of("uuid", "random", "hostname", "machine_id", "boot_id")) {
                    seen.computeIfAbsent(field, name -> new HashSet<>())
                            .add(identity.path(field).asString());
                }
                furthest = max(furthest, distance(identity.path("clock_ns").asLong(), asked, answered));
            }
            workers.retire(0, python);
        }
        System.out.println("Clock of " + CLONES + " clones off by at most " + furthest.toMillis() + " ms");
        seen.forEach((field, values) -> assertThat(values).as(field).hasSize(CLONES));
        assertThat(furthest).isLessThan(Duration.ofMillis(100));
        census.assertNothingBeyond(before);
    }

    @Test
    @Order(3)
    void clonesAtOnceAllAnswer() throws Exception {
        workers.cycle(0, python);
        Census census = new Census(List.of(directory.resolve("sandbox"), workers.runDirectory()));
        Map<String, Long> before = census.count();
        Set<String> instances = new HashSet<>();
        Revision one = workers.withConcurrency(python, 1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Callable<String> call = () -> {
                    try (Claim claim = workers.worker(0).claim(one, System.nanoTime())) {
                        assertThat(RealWorkers.get(claim, "/sleep?ms=3000")).isNotNull();
                        return claim.instance();
                    }
                };
                answers.add(executor.submit(call));
            }
            for (Future<String> answer : answers) {
                instances.add(answer.get());
            }
        }
        assertThat(instances).hasSize(8);
        workers.retire(0, one);
        census.assertNothingBeyond(before);
    }

    /** How far a guest's clock lay outside of the time in which it was asked. */
    private static Duration distance(long nanos, Instant asked, Instant answered) {
        Instant guest = Instant.ofEpochSecond(0, nanos);
        if (guest.isBefore(asked)) {
            return Duration.between(guest, asked);
        }
        return guest.isAfter(answered) ? Duration.between(answered, guest) : Duration.ZERO;
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
