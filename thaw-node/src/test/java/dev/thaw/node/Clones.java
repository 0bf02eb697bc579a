package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Clones of one snapshot, asked who they are. */
final class Clones {
    private static final JsonMapper JSON = new JsonMapper();

    private Clones() {}

    /** Boots a revision with one invocation, and waits until it is frozen and gone. */
    static void freeze(RealWorkers workers, Revision revision, ThrowingConsumer invocation) throws Exception {
        try (Claim claim = workers.worker(0).claim(revision, System.nanoTime())) {
            assertThat(claim.kind()).isEqualTo(StartKind.BOOT);
            invocation.accept(claim);
        }
        assertThat(workers.heard().freezes.poll(120, TimeUnit.SECONDS))
                .as(() -> "a freeze; failures: " + workers.heard().failures)
                .isNotNull();
        retire(workers, revision);
    }

    @FunctionalInterface
    interface ThrowingConsumer {
        void accept(Claim claim) throws Exception;
    }

    static void retire(RealWorkers workers, Revision revision) {
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    workers.worker(0).retire(revision, true);
                    return workers.worker(0).instances().isEmpty();
                });
    }

    /**
     * Thaws so many clones, each asked twice for random numbers; what they say must never be alike.
     *
     * @param atOnce how many live at the same time
     */
    static void assertDistinct(RealWorkers workers, Revision revision, int count, int atOnce) throws Exception {
        Revision alone = workers.withConcurrency(revision, 1);
        Map<String, Collection<String>> perClone = new TreeMap<>();
        Map<String, Collection<String>> perAnswer = new TreeMap<>();
        for (String field : new String[] {"hostname", "machine_id", "boot_id"}) {
            perClone.put(field, new ConcurrentLinkedQueue<>());
        }
        for (String field : new String[] {"uuid", "random"}) {
            perAnswer.put(field, new ConcurrentLinkedQueue<>());
        }
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        for (int done = 0; done < count; done += atOnce) {
            int batch = Math.min(atOnce, count - done);
            Semaphore asked = new Semaphore(0);
            Thread[] threads = new Thread[batch];
            for (int i = 0; i < batch; i++) {
                threads[i] = Thread.ofVirtual().start(() -> {
                    try (Claim claim = workers.worker(0).claim(alone, System.nanoTime())) {
                        assertThat(claim.kind()).isEqualTo(StartKind.THAW_LOCAL);
                        for (int answer = 0; answer < 2; answer++) {
                            JsonNode identity = JSON.readTree(RealWorkers.get(claim, "/identity"));
                            boolean first = answer == 0;
                            perAnswer.forEach((field, values) ->
                                    values.add(identity.path(field).asString()));
                            perClone.forEach((field, values) -> {
                                if (first) {
                                    values.add(identity.path(field).asString());
                                }
                            });
                        }
                        // Keeps its instance until all have theirs, so that each is a clone of its own.
                        asked.release();
                        if (!asked.tryAcquire(batch, 60, TimeUnit.SECONDS)) {
                            throw new IllegalStateException("not all clones answered");
                        }
                        asked.release(batch);
                    } catch (Exception | AssertionError e) {
                        failures.add(e);
                    }
                });
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            retire(workers, alone);
        }
        perClone.forEach(
                (field, values) -> assertThat(values).as(field).hasSize(count).doesNotHaveDuplicates());
        perAnswer.forEach((field, values) ->
                assertThat(values).as(field).hasSize(2 * count).doesNotHaveDuplicates());
        assertThat(Collections.max(perAnswer.get("random"))).hasSize(64);
    }
}
