package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentException;
import dev.thaw.guest.Entropy;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.guest.RenewRequest;
import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A function in a microVM under QEMU. */
final class QemuSandbox implements Sandbox {
    private static final Logger log = LoggerFactory.getLogger(QemuSandbox.class);

    /** Beyond the hook's own time: the agent's answer. */
    private static final Duration AGENT_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration LAST_WORDS_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration RESUME_HOOK_TIMEOUT = Duration.ofSeconds(10);

    /** For a guest that is to be frozen and works on. It answers nobody meanwhile. */
    private static final Duration LONGEST_REST = Duration.ofSeconds(2);

    private final String id;
    private final GuestIdentity identity;
    private final Vmm vmm;
    private final Clock clock;
    private final Consumer<QemuSandbox> onClose;
    private final CompletableFuture<SandboxExit> exited = new CompletableFuture<>();

    /** What the next process is to know; nothing unless kept. */
    private final AtomicReference<@Nullable KeptRecord> kept = new AtomicReference<>();

    QemuSandbox(String id, GuestIdentity identity, Vmm vmm, Clock clock, Consumer<QemuSandbox> onClose) {
        this.id = requireNonNull(id, "id is null");
        this.identity = requireNonNull(identity, "identity is null");
        this.vmm = requireNonNull(vmm, "vmm is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.onClose = requireNonNull(onClose, "onClose is null");
        vmm.agent().exit().thenAccept(exit -> exited.complete(new SandboxExit(exit.cause(), "the function " + exit)));
        // A dead VMM closes its sockets first and is known to be dead a moment later; its own words say more.
        vmm.agent()
                .ended()
                .thenAccept(why -> vmm.exited()
                        .copy()
                        .orTimeout(LAST_WORDS_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS)
                        .whenComplete((exit, late) -> exited.complete(SandboxExit.of(
                                exit != null ? exit.text() : "the agent's connection ended: " + why.getMessage()))));
        vmm.exited().thenAccept(exit -> exited.complete(SandboxExit.of(exit.text())));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public long pid() {
        return vmm.pid();
    }

    @Override
    public FunctionConnection connect(ByteBuffer first, Duration timeout) throws SandboxException {
        try {
            return new AgentStreamConnection(vmm.agent().openStream(first, timeout));
        } catch (AgentException e) {
            throw vmm.explain(e);
        }
    }

    @Override
    public void keep(String note) throws SandboxException {
        KeptRecord record = new KeptRecord(vmm.directory().user().uid(), identity, false, note);
        try {
            record.write(vmm.directory().path());
            kept.set(record);
            vmm.hold();
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, id + " cannot be kept: " + e.getMessage(), e);
        }
    }

    @Override
    public void letGo(Duration hookTimeout) throws SandboxException {
        KeptRecord record = kept.get();
        if (record == null) {
            throw new IllegalStateException(id + " is not kept.");
        }
        try {
            vmm.agent().quiesce(hookTimeout, hookTimeout.plus(AGENT_TIMEOUT));
            record.silenced().write(vmm.directory().path());
            vmm.letGo();
        } catch (AgentException e) {
            SandboxException explained = vmm.explain(e);
            close();
            throw explained;
        } catch (IOException e) {
            close();
            throw new SandboxException(Code.HOST, id + " cannot be left: " + e.getMessage(), e);
        }
        onClose.accept(this);
    }

    /**
     * Asks an abandoned guest whether all is well with it.
     *
     * @param quiet whether it was silenced by who left it
     * @throws SandboxException why it is not; it is to be closed
     */
    void takeUp(boolean quiet, Duration timeout) throws SandboxException {
        try {
            if (!quiet) {
                vmm.agent().quiesce(timeout, timeout.plus(AGENT_TIMEOUT));
            }
            renew();
        } catch (AgentException e) {
            throw vmm.explain(e);
        }
        if (exited.isDone()) {
            throw new SandboxException(
                    Code.FUNCTION, "It has ended: " + exited.join().text());
        }
    }

    @Override
    public FrozenSandbox freeze(Duration hookTimeout) throws SandboxException {
        whenKept(Vmm::release);
        try {
            vmm.agent().quiesce(hookTimeout, hookTimeout.plus(AGENT_TIMEOUT));
        } catch (AgentException e) {
            resumeAfterFailure(e.code() != AgentException.Code.WRONG_STATE);
            throw vmm.explain(e);
        }
        try {
            awaitRest();
            vmm.execute("stop", Map.of());
            vmm.execute("migrate-set-capabilities", Vmm.capabilities());
            byte[] state = DeviceState.receive(
                    vmm.directory(), socket -> vmm.execute("migrate", Map.of("uri", "unix:" + socket)));
            vmm.awaitMigration();
            return new Frozen(guestMemory(), state);
        } catch (SandboxException e) {
            resumeAfterFailure(true);
            throw vmm.explain(e);
        } catch (IOException e) {
            resumeAfterFailure(true);
            throw new SandboxException(Code.HOST, "The state of " + id + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Best effort: a snapshot of a guest at work is right as well, only slower to thaw. */
    private void awaitRest() {
        try {
            Duration waited = new GuestRest(() -> ProcessorTimes.nanos(vmm.pid()), Thread::sleep).await(LONGEST_REST);
            log.debug("{} is frozen after {} ms of rest", id, waited.toMillis());
        } catch (IOException e) {
            log.debug("Whether {} is at rest cannot be told", id, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The memfd that QEMU booted the guest in. */
    private Path guestMemory() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + vmm.pid() + "/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (Files.readSymbolicLink(descriptor).toString().startsWith("/memfd:memory-backend-memfd")) {
                    return descriptor;
                }
            }
        }
        throw new IOException("it has no memory in a memfd; only an instance that was booted can be frozen");
    }

    private void resumeAfterFailure(boolean silenced) {
        if (!silenced) {
            return;
        }
        try {
            goOn();
        } catch (IOException e) {
            log.warn("{} does not go on after a freeze that failed; it is ended", id, e);
            close();
        }
    }

    private void goOn() throws SandboxException, AgentException {
        vmm.execute("cont", Map.of());
        renew();
        whenKept(Vmm::hold);
    }

    @FunctionalInterface
    private interface Told {
        void tell(Vmm vmm) throws IOException;
    }

    private void whenKept(Told told) {
        if (kept.get() != null) {
            try {
                told.tell(vmm);
            } catch (IOException e) {
                // Its end will be heard of soon.
                log.debug("The launcher of {} is gone", id, e);
            }
        }
    }

    private void renew() throws AgentException {
        vmm.agent()
                .renew(
                        new RenewRequest(
                                RenewRequest.Kind.RESUMED,
                                clock.instant(),
                                Entropy.fresh(),
                                identity,
                                RESUME_HOOK_TIMEOUT),
                        RESUME_HOOK_TIMEOUT.plus(AGENT_TIMEOUT));
    }

    @Override
    public CompletableFuture<SandboxExit> exited() {
        return exited;
    }

    @Override
    public Optional<Shortage> shortageSince(long nanos) {
        return vmm.agent().shortageSince(nanos);
    }

    @Override
    public void stop(Duration grace) {
        whenKept(Vmm::release);
        try {
            vmm.agent().shutdown(grace);
            exited.get(grace.toNanos(), TimeUnit.NANOSECONDS);
        } catch (AgentException | TimeoutException e) {
            log.debug("{} did not end by itself", id, e);
        } catch (ExecutionException e) {
            log.debug("{} ended before it was asked to", id, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    @Override
    public void close() {
        exited.complete(SandboxExit.of("the sandbox was closed"));
        vmm.close();
        onClose.accept(this);
    }

    private final class Frozen implements FrozenSandbox {
        private final Path memory;
        private final byte[] deviceState;

        Frozen(Path memory, byte[] deviceState) {
            this.memory = memory;
            this.deviceState = deviceState;
        }

        @Override
        public Path memory() {
            return memory;
        }

        @Override
        public byte[] deviceState() {
            return deviceState.clone();
        }

        @Override
        public void resume() throws SandboxException {
            try {
                goOn();
            } catch (AgentException e) {
                throw vmm.explain(e);
            } catch (SandboxException e) {
                throw vmm.explain(e);
            }
        }
    }
}
