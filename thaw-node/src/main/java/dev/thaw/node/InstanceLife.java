package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.NodeException.Code;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxExit;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done to instances: the actions behind the states of {@link InstancePool}, which decides when. */
final class InstanceLife {
    private static final Logger log = LoggerFactory.getLogger(InstanceLife.class);

    /** For a function to end by itself when it is retired. */
    static final Duration GRACE = Duration.ofSeconds(5);

    /** What a VMM needs beside its guest's memory. */
    private static final long VMM_BYTES = 40L << 20;

    /** How long a start waits for cores and memory; the invocations that wait for it have their own, shorter bounds. */
    private static final Duration ADMISSION_TIMEOUT = Duration.ofSeconds(120);

    private final WorkerConfig config;
    private final Starter starter;
    private final Freezer freezer;
    private final Snapshots snapshots;
    private final Admission admission;
    private final WorkerListener listener;
    private final LongSupplier nanoTime;

    /** Written by who ends the worker, read by all. */
    private volatile boolean settling;

    /** All threads of instances, so that closing can wait for them. */
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    InstanceLife(
            WorkerConfig config,
            Starter starter,
            Freezer freezer,
            Snapshots snapshots,
            Admission admission,
            WorkerListener listener,
            LongSupplier nanoTime) {
        this.config = requireNonNull(config, "config is null");
        this.starter = requireNonNull(starter, "starter is null");
        this.freezer = requireNonNull(freezer, "freezer is null");
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.admission = requireNonNull(admission, "admission is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
    }

    /** The clock that idle times go by. */
    long nowNanos() {
        return nanoTime.getAsLong();
    }

    void run(String name, Runnable task) {
        Thread thread = Thread.ofVirtual().name(config.name() + "-" + name).unstarted(() -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("{} failed", name, e);
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        thread.start();
    }

    Instance create(Revision revision) {
        // Short, for it is part of unix socket paths; a function's name is not unique and would not help the guest.
        String id = "%s-%08x"
                .formatted(
                        shortened(revision.function()),
                        ThreadLocalRandom.current().nextInt());
        return new Instance(id, new PhaseClock(System::nanoTime));
    }

    /** What an instance of the revision takes of its worker's memory, with its VMM. */
    static long memoryBytes(Revision revision) {
        return revision.shape().memoryBytes() + VMM_BYTES;
    }

    private static String shortened(String function) {
        String head = function.length() > 20 ? function.substring(0, 20) : function;
        return head.endsWith("-") ? head + "x" : head;
    }

    Instance.Started start(Revision revision, Instance instance, Consumer<InstanceState> states) throws NodeException {
        Admission.Permit permit;
        try {
            permit = admission.admit(memoryBytes(revision), ADMISSION_TIMEOUT.toNanos());
        } catch (NodeException e) {
            listener.startFailed(revision, instance.id(), String.valueOf(e.getMessage()));
            throw e;
        }
        instance.phases().end(Phase.ADMIT);
        try {
            Starter.Start start =
                    starter.start(new Starting(revision, instance.id(), permit::lend, instance.phases(), states));
            permit.releaseCore();
            return new Instance.Started(
                    start.sandbox(),
                    start.record(),
                    permit,
                    start.held(),
                    start.record().kind() == StartKind.BOOT);
        } catch (IOException | RuntimeException | Error e) {
            // Whatever it was: those who wait for this instance must hear of it.
            permit.close();
            String why = e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString();
            log.warn(
                    "function={} revision={} instance={} start failed",
                    revision.function(),
                    revision.name(),
                    instance.id(),
                    e);
            listener.startFailed(revision, instance.id(), why);
            throw new NodeException(codeOf(e), why, e);
        }
    }

    private static Code codeOf(Throwable failure) {
        if (!(failure instanceof SandboxException sandbox)) {
            return Code.START_FAILED;
        }
        return switch (sandbox.code()) {
            case OUT_OF_MEMORY -> Code.OUT_OF_MEMORY;
            case OUT_OF_DISK -> Code.OUT_OF_DISK;
            default -> Code.START_FAILED;
        };
    }

    void started(Instance instance) {
        listener.started(instance.startRecord());
    }

    /** An invocation has ended in it. */
    void answered(Instance instance) {
        instance.answered(listener);
    }

    /** An instance that was booted, when there is no snapshot that the next start could use. */
    boolean wantsFreeze(Revision revision, Instance instance) {
        return !settling
                && config.mode() != Mode.DISABLED
                && revision.snapshots()
                && instance.isFreezable()
                && !snapshots.isHere(revision);
    }

    /** Returns nothing when no snapshot came of it; the listener has heard why. */
    Optional<FreezeRecord> freeze(Revision revision, Instance instance, Runnable goesOn) {
        try {
            FreezeRecord record = freezer.freeze(revision, instance.sandbox(), goesOn);
            listener.frozen(record);
            return Optional.of(record);
        } catch (IOException | RuntimeException e) {
            boolean survived = !instance.sandbox().exited().isDone();
            log.warn(
                    "function={} revision={} instance={} freeze failed: {}",
                    revision.function(),
                    revision.name(),
                    instance.id(),
                    e.getMessage());
            listener.freezeFailed(revision, instance.id(), String.valueOf(e.getMessage()), survived);
            return Optional.empty();
        }
    }

    /** An instance has become idle. */
    void idle() {
        admission.nudge();
    }

    /** Ends a sandbox; {@link InstancePool} hears of it as of any end. */
    void retire(Revision revision, Instance instance, Duration grace, String why) {
        if (grace.isZero()) {
            instance.sandbox().close();
        } else {
            instance.sandbox().stop(grace);
        }
        listener.retired(revision, instance.id(), why);
    }

    /** Releases what an instance held that has ended. */
    void close(Revision revision, Instance instance, SandboxExit exit, boolean unexpected) {
        instance.started().ifPresent(started -> {
            started.sandbox().close();
            release(instance.id(), started.held(), started.permit());
        });
        if (unexpected) {
            log.warn(
                    "function={} revision={} instance={} ended: {}",
                    revision.function(),
                    revision.name(),
                    instance.id(),
                    exit.text());
            listener.died(revision, instance.id(), exit);
        }
    }

    static void release(String instance, AutoCloseable held, Admission.Permit permit) {
        try {
            held.close();
        } catch (Exception e) {
            log.warn("What {} held cannot be released", instance, e);
        }
        permit.close();
    }

    /** Leaves an idle instance to the next daemon, or ends it when that fails. */
    void letGo(Instance instance) {
        instance.started().ifPresent(started -> {
            try {
                started.sandbox().letGo(config.hookTimeout());
            } catch (SandboxException | RuntimeException e) {
                log.warn("instance={} cannot be left to the next daemon: {}", instance.id(), e.getMessage());
                started.sandbox().close();
            } finally {
                release(instance.id(), started.held(), started.permit());
            }
        });
    }

    /** Begins no more freezes, or again. */
    void settle(boolean settled) {
        settling = settled;
    }

    /** Waits until nothing of any instance is under way any more. */
    void awaitQuiet(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!threads.isEmpty() && System.nanoTime() < deadline) {
            for (Thread thread : Set.copyOf(threads)) {
                if (thread.getState() == Thread.State.NEW) {
                    // Noted, and about to be started; it cannot be joined before.
                    Thread.yield();
                    continue;
                }
                thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            }
        }
    }
}
