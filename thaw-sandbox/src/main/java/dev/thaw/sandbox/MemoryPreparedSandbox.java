package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException.Code;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** One of {@link MemorySandboxProvider}'s. */
public final class MemoryPreparedSandbox implements PreparedSandbox {
    private final MachineShape shape;
    private final MemorySandboxProvider provider;
    private final Consumer<MemoryPreparedSandbox> onGone;
    private final CompletableFuture<SandboxExit> ended = new CompletableFuture<>();

    /** Whether it was used or closed. */
    private final AtomicBoolean gone = new AtomicBoolean();

    MemoryPreparedSandbox(MachineShape shape, MemorySandboxProvider provider, Consumer<MemoryPreparedSandbox> onGone) {
        this.shape = requireNonNull(shape, "shape is null");
        this.provider = requireNonNull(provider, "provider is null");
        this.onGone = requireNonNull(onGone, "onGone is null");
    }

    @Override
    public MachineShape shape() {
        return shape;
    }

    @Override
    public Sandbox thaw(ThawSpec spec, PhaseClock phases) throws SandboxException {
        if (!spec.shape().equals(shape)) {
            throw new IllegalArgumentException("Prepared is " + shape + ", not " + spec.shape() + ".");
        }
        if (!gone.compareAndSet(false, true) || ended.isDone()) {
            throw new SandboxException(Code.VMM_DIED, "The prepared sandbox has been used or has ended.");
        }
        onGone.accept(this);
        provider.interfere(MemorySandboxProvider.Operation.THAW_PREPARED, spec.id());
        return provider.thaw(spec, phases);
    }

    /** As if its process had died. */
    public void die() {
        ended.complete(SandboxExit.of("it died"));
    }

    @Override
    public CompletableFuture<SandboxExit> ended() {
        return ended.copy();
    }

    @Override
    public void close() {
        if (gone.compareAndSet(false, true)) {
            onGone.accept(this);
        }
    }
}
