package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.LeftSandbox;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes up an instance that an earlier daemon has left to this worker: its memory is counted, its snapshot held, its guest asked whether it is well. */
final class Adopter {
    private static final Logger log = LoggerFactory.getLogger(Adopter.class);

    private final WorkerConfig config;
    private final Snapshots snapshots;
    private final Admission admission;
    private final InstanceLogs logs;
    private final WorkerListener listener;
    private final Clock clock;

    Adopter(
            WorkerConfig config,
            Snapshots snapshots,
            Admission admission,
            InstanceLogs logs,
            WorkerListener listener,
            Clock clock) {
        this.config = requireNonNull(config, "config is null");
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.admission = requireNonNull(admission, "admission is null");
        this.logs = requireNonNull(logs, "logs is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Adds it to its pool, or removes it. */
    void adopt(LeftSandbox left, KeptNote note, Revision revision, InstancePool pool) {
        Optional<Admission.Permit> permit = admission.readmit(InstanceLife.memoryBytes(revision));
        if (permit.isEmpty()) {
            left.remove();
            failed(revision, left.id(), "the worker has too little memory for it");
            return;
        }
        AutoCloseable held = snapshots.hold(note.snapshot());
        Sandbox sandbox;
        try {
            sandbox = left.adopt(logs.of(revision, left.id()), config.hookTimeout());
        } catch (SandboxException | RuntimeException e) {
            InstanceLife.release(left.id(), held, permit.get());
            failed(revision, left.id(), String.valueOf(e.getMessage()));
            return;
        }
        try {
            sandbox.keep(note.write());
        } catch (SandboxException e) {
            log.warn("instance={} is not kept for another daemon: {}", left.id(), e.getMessage());
        }
        StartRecord record = new StartRecord(
                clock.instant(),
                config.name(),
                revision.function(),
                revision.name(),
                left.id(),
                note.kind(),
                "it was adopted from the daemon before this one",
                "",
                Map.of(),
                0,
                0);
        Instance instance = new Instance(left.id(), new PhaseClock(System::nanoTime));
        if (pool.adopt(instance, new Instance.Started(sandbox, record, permit.get(), held, false))) {
            log.info("function={} revision={} instance={} adopted", revision.function(), revision.name(), left.id());
            listener.adopted(record);
        } else {
            sandbox.close();
            InstanceLife.release(left.id(), held, permit.get());
            failed(revision, left.id(), "no more instances of its revision are wanted");
        }
    }

    private void failed(Revision revision, String instance, String why) {
        log.info(
                "function={} revision={} instance={} not adopted: {}",
                revision.function(),
                revision.name(),
                instance,
                why);
        listener.adoptionFailed(revision, instance, why);
    }
}
