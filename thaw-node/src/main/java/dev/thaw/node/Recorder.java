package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.Lease;
import dev.thaw.guest.AgentLog;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.lazy.LazySnapshots;
import dev.thaw.lazy.Recording;
import dev.thaw.sandbox.Egress;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.sandbox.ThawSpec;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what a thaw of a fresh snapshot touches: thaws one throwaway clone up to ready, which serves nobody, and
 * publishes what it read as the snapshot's hot companion. Real invocations add to it later.
 */
final class Recorder {
    /** A recording is not worth the wait of an invocation. */
    private static final Duration ADMISSION_TIMEOUT = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(Recorder.class);

    private final WorkerConfig config;
    private final SandboxProvider provider;
    private final Admission admission;
    private final Optional<LazySnapshots> lazy;

    Recorder(WorkerConfig config, SandboxProvider provider, Admission admission, Optional<LazySnapshots> lazy) {
        this.config = requireNonNull(config, "config is null");
        this.provider = requireNonNull(provider, "provider is null");
        this.admission = requireNonNull(admission, "admission is null");
        this.lazy = requireNonNull(lazy, "lazy is null");
    }

    /** Nobody reads what a clone says that serves nobody. */
    private record Silence() implements AgentLog {
        @Override
        public void append(Source source, byte[] bytes) {
            // Left away.
        }

        @Override
        public void dropped(long bytes) {
            // Likewise.
        }
    }

    /** What goes wrong here costs later thaws some time, and nothing else. */
    void record(Revision revision, Lease published) {
        // A clone with the function's network would be a second instance in the world outside.
        if (lazy.isEmpty()
                || !lazy.get().recordings().byClones()
                || revision.shape().egress() != Egress.NONE) {
            return;
        }
        String id = "record-%08x".formatted(ThreadLocalRandom.current().nextInt());
        try (Admission.Permit permit =
                        admission.admit(InstanceLife.memoryBytes(revision), ADMISSION_TIMEOUT.toNanos());
                Recording recording = lazy.get().recordings().begin(published)) {
            try (Sandbox clone = provider.thaw(
                    new ThawSpec(
                            id,
                            revision.shape(),
                            recording.rootfs(),
                            recording.memory(),
                            published.state(),
                            GuestIdentity.fresh(id),
                            config.thawTimeout(),
                            new Silence()),
                    new PhaseClock(System::nanoTime))) {
                log.debug("clone={} is ready, its touches are recorded", clone.id());
            }
            Recording.Touched touched = recording.touched();
            boolean visible = recording.publishFirst(touched, Cancellation.never());
            log.info(
                    "function={} revision={} snapshot={} recorded={} blocks, published={}",
                    revision.function(),
                    revision.name(),
                    published.manifest().id(),
                    touched.blocks().size(),
                    visible);
        } catch (IOException | NodeException e) {
            log.warn(
                    "function={} revision={} what a thaw touches could not be recorded: {}",
                    revision.function(),
                    revision.name(),
                    e.getMessage());
        }
    }
}
