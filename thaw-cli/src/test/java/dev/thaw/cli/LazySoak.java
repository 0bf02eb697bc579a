package dev.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.cli.bench.origin.Fault;
import dev.thaw.gateway.text.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/**
 * Thaws through a store that fails, one round after the other. In each, faults of chance happen to the store before or while a function's snapshot arrives on a worker that has none of it,
 * and now and then the daemon is killed. What a clone answers is known: what it was told before it was frozen, which
 * lies in memory that no thaw touches by itself, and an echo.
 */
final class LazySoak {
    private static final String WORKER = "worker-1";
    private static final String FREEZER = "worker-0";
    private static final int STATE_BYTES = 1 << 20;

    /** A round without faults is the measure for the others. */
    private static final double UNDISTURBED = 0.2;

    /** Also the shortest soak has a kill: in this round at the latest, by count of those that chance spared. */
    private static final int SURE_KILL = 4;

    /** Functions take turns: this and the one before of the same function. */
    private static final int ROUNDS_CACHED = 5;

    private static final double DEAD = 0.15;
    private static final double STILL_CACHED = 0.15;

    private final Random random;
    private final SoakDaemon daemon;
    private final byte[] state;
    private final double killed;
    private final Map<String, Integer> counts = new TreeMap<>();
    private double slowestMillis;
    private int spared;
    private int rounds;

    /** The last round in which an instance of the function may have been booted. */
    private final Map<String, Integer> lastBoot = new HashMap<>();

    /** @param killed how probable it is that a round kills the daemon */
    LazySoak(SoakDaemon daemon, long seed, double killed) {
        this.daemon = daemon;
        this.killed = killed;
        random = new Random(seed);
        state = new byte[STATE_BYTES];
        random.nextBytes(state);
    }

    /** How one invocation went. */
    private record Outcome(String start, String kind) {
        boolean is(String what) {
            return kind.equals(what);
        }

        /** Its instance was ended after the function had the request. */
        boolean isLost() {
            return is("502") || is("broken off");
        }
    }

    /** What is done to the store in a round. */
    private record Disturbance(boolean dead, List<Fault> faults, long atMillis, long backAfterMillis, boolean kill) {
        boolean none() {
            return !dead && faults.isEmpty();
        }
    }

    private static final Disturbance NOTHING = new Disturbance(false, List.of(), 0, 0, false);

    void deploy(String function, String sample) throws Exception {
        ObjectNode spec = Json.object();
        spec.put("name", function);
        spec.put("image", "sample:" + sample);
        spec.put("memory_bytes", 128L << 20);
        spec.put("timeout_ms", Duration.ofMinutes(2).toMillis());
        daemon.client().deploy(spec, words -> {});
        prime(function);
    }

    /** Freezes the function anew, when it has been told what its clones are to say. */
    private void prime(String function) {
        count("frozen anew");
        for (int attempt = 0; ; attempt++) {
            daemon.retireAll(function);
            daemon.forget(function);
            Invocation told =
                    daemon.client().invoke(function, "POST", "/state", Map.of("Thaw-Worker", FREEZER), state.clone());
            assertThat(told.status()).as(() -> text(told)).isEqualTo(200);
            if (told.start().equals("boot") && daemon.awaitFrozen(function, FREEZER)) {
                return;
            }
            // What froze a boot of the round before was published after it had been forgotten.
            assertThat(attempt).as("attempts to freeze " + function).isLessThan(10);
        }
    }

    /** One round with so many clones at once; returns how many of their starts were thaws. */
    int round(String function, int clones) throws Exception {
        daemon.retireAll(function);
        boolean cached = random.nextDouble() < STILL_CACHED;
        if (!cached) {
            daemon.dropCached(function, WORKER);
        }
        Disturbance disturbance = choose();
        boolean healthy = disturbance.none() && !disturbance.kill();
        List<Outcome> outcomes = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
                ScheduledExecutorService fate = Executors.newSingleThreadScheduledExecutor()) {
            Future<?> done = fate.schedule(() -> disturb(disturbance), disturbance.atMillis(), TimeUnit.MILLISECONDS);
            if (disturbance.atMillis() == 0) {
                done.get();
            }
            List<Future<List<Outcome>>> answers = new ArrayList<>();
            for (int i = 0; i < clones; i++) {
                byte[] noise = new byte[1 + random.nextInt(60_000)];
                random.nextBytes(noise);
                Callable<List<Outcome>> use = () -> use(function, noise, disturbance);
                answers.add(clients.submit(use));
            }
            for (Future<List<Outcome>> answer : answers) {
                outcomes.addAll(answer.get());
            }
            done.get();
        } catch (ExecutionException e) {
            throw new AssertionError("round with " + disturbance + ": " + e.getCause(), e);
        } finally {
            daemon.heal();
        }
        outcomes.forEach(outcome -> count(outcome.kind()));
        assertNoneForgot(function, outcomes);
        if (healthy) {
            assertThat(outcomes).as("a round without faults").noneMatch(Outcome::isLost);
        }
        return settle(function, outcomes, disturbance);
    }

    /** Only an instance that was booted since its function was frozen remembers nothing, or a clone of one; such a snapshot may be cached for another round. */
    private void assertNoneForgot(String function, List<Outcome> outcomes) {
        rounds++;
        if (outcomes.stream().anyMatch(outcome -> outcome.start().equals("boot") || outcome.is("cut by the kill"))) {
            lastBoot.put(function, rounds);
        }
        if (outcomes.stream().anyMatch(outcome -> outcome.is("empty"))) {
            assertThat(rounds - lastBoot.getOrDefault(function, -ROUNDS_CACHED))
                    .as("rounds since an instance may have been booted, when one remembered nothing")
                    .isLessThan(ROUNDS_CACHED);
        }
    }

    /** Sees to it that all is well again, and that the next round finds the function frozen as it should be. */
    private int settle(String function, List<Outcome> outcomes, Disturbance disturbance) {
        boolean empty = outcomes.stream().anyMatch(outcome -> outcome.is("empty"));
        if (disturbance.kill()) {
            daemon.start(random);
            count("kills");
        }
        boolean broke = outcomes.stream().anyMatch(Outcome::isLost);
        if (broke || disturbance.kill()) {
            // The source is well: an instance that an earlier daemon has left, or a new one, answers.
            Outcome after = ask(function, "/state", new byte[0], NOTHING);
            assertThat(after.isLost()).as("lost though the store is well").isFalse();
            count("afterwards " + after.start());
            empty |= after.is("empty");
        }
        if (empty) {
            prime(function);
        }
        return (int) outcomes.stream()
                .filter(outcome -> outcome.start().startsWith("thaw"))
                .count();
    }

    private Disturbance choose() {
        boolean kill = random.nextDouble() < killed || ++spared == SURE_KILL;
        long at = random.nextInt(3) == 0 ? 0 : random.nextInt(600);
        if (random.nextDouble() < UNDISTURBED) {
            return new Disturbance(false, List.of(), at, 0, kill);
        }
        if (random.nextDouble() < DEAD) {
            return new Disturbance(true, List.of(), at, random.nextInt(6_000), kill);
        }
        List<Fault> faults = new ArrayList<>();
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            faults.add(Fault.values()[random.nextInt(Fault.values().length)]);
        }
        return new Disturbance(false, faults, at, 0, kill);
    }

    private Void disturb(Disturbance disturbance) throws Exception {
        for (Fault fault : disturbance.faults()) {
            if (fault == Fault.DELAY) {
                daemon.proxy().delay(1, Duration.ofMillis(100L + random.nextInt(2_000)));
            } else {
                daemon.proxy().fault(fault, 1);
            }
        }
        if (disturbance.dead()) {
            count("times dead");
            daemon.proxy().die();
        }
        if (disturbance.kill()) {
            daemon.kill();
        }
        if (disturbance.dead()) {
            daemon.bringBack(Duration.ofMillis(disturbance.backAfterMillis()));
        }
        return null;
    }

    /** One cold start and two more requests to whatever instance has room. */
    private List<Outcome> use(String function, byte[] noise, Disturbance disturbance) {
        List<Outcome> outcomes = new ArrayList<>();
        outcomes.add(ask(function, "/echo", noise, disturbance));
        outcomes.add(ask(function, "/state", new byte[0], disturbance));
        return outcomes;
    }

    /** One request, and whether its answer is right; one that must not be is an error. */
    private Outcome ask(String function, String path, byte[] body, Disturbance disturbance) {
        Invocation answer;
        try {
            String method = path.equals("/echo") ? "POST" : "GET";
            answer = daemon.client().invoke(function, method, path, Map.of("Thaw-Worker", WORKER), body);
        } catch (CommandFailure e) {
            if (disturbance.kill()) {
                return new Outcome("", "cut by the kill");
            }
            // The instance was lost when a part of its answer was with the client.
            if (!disturbance.none() && String.valueOf(e.getMessage()).startsWith("The answer broke off")) {
                return new Outcome("", "broken off");
            }
            throw e;
        }
        note(answer);
        if (answer.status() == 502) {
            // Anything else than an instance that was lost after its function had the request is an error.
            assertThat(text(answer)).contains("broke-off");
            assertThat(text(answer)).contains("cannot be read: ");
            return new Outcome("", "502");
        }
        assertThat(answer.status()).as(() -> text(answer)).isEqualTo(200);
        if (path.equals("/echo")) {
            assertThat(answer.body()).as("an echo after a " + answer.start()).isEqualTo(body);
            return new Outcome(answer.start(), "echo");
        }
        if (answer.body().length == 0) {
            return new Outcome(answer.start(), "empty");
        }
        assertThat(answer.body()).as("the state after a " + answer.start()).isEqualTo(state);
        return new Outcome(answer.start(), "state");
    }

    private synchronized void note(Invocation answer) {
        slowestMillis = Math.max(slowestMillis, answer.latencyMillis());
        if (answer.status() == 200) {
            counts.merge("start " + answer.start(), 1, Integer::sum);
        }
    }

    private synchronized void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    synchronized int counted(String what) {
        return counts.getOrDefault(what, 0);
    }

    /** For people. */
    synchronized String report() throws Exception {
        Map<String, Long> faults = new TreeMap<>();
        for (Fault fault : Fault.values()) {
            faults.put(fault.label(), daemon.proxy().done(fault));
        }
        return counts + ", faults " + faults + ", slowest answer " + Math.round(slowestMillis) + " ms";
    }

    private static String text(Invocation answer) {
        return answer.status() + " " + new String(answer.body(), UTF_8);
    }
}
