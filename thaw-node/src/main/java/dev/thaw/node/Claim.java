package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.FunctionConnection;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxExit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** One invocation's place in an instance, until it is closed. */
public final class Claim implements AutoCloseable {
    private final InstancePool pool;
    private final Instance instance;
    private final boolean cold;
    private final long readyNanos;
    private final Map<Phase, Double> phasesMillis;
    private final long madeNanos = System.nanoTime();
    private final AtomicBoolean closed = new AtomicBoolean();

    Claim(InstancePool pool, Instance instance, boolean cold, long readyNanos, Map<Phase, Double> phasesMillis) {
        this.pool = requireNonNull(pool, "pool is null");
        this.instance = requireNonNull(instance, "instance is null");
        this.cold = cold;
        this.readyNanos = readyNanos;
        this.phasesMillis = Map.copyOf(phasesMillis);
    }

    public String worker() {
        return pool.worker();
    }

    public String instance() {
        return instance.id();
    }

    /** How this invocation came to its instance. */
    public StartKind kind() {
        return cold ? instance.startRecord().kind() : StartKind.WARM;
    }

    /** How the instance was started, whether or not this invocation waited for it. */
    public StartRecord start() {
        return instance.startRecord();
    }

    /** {@link System#nanoTime} up to which {@link #phasesMillis} account for the time since the invocation's registration. */
    public long readyNanos() {
        return readyNanos;
    }

    /** The phases that this invocation has waited for, all but the request itself. */
    public Map<Phase, Double> phasesMillis() {
        return phasesMillis;
    }

    /** As {@link dev.thaw.sandbox.Sandbox#connect}. */
    public FunctionConnection connect(ByteBuffer first, Duration timeout) throws SandboxException {
        return instance.sandbox().connect(first, timeout);
    }

    /** How the instance ended, waiting a moment for one whose connections have broken; empty when it lives. */
    public Optional<SandboxExit> awaitExit(Duration timeout) {
        return instance.awaitExit(timeout);
    }

    /** What the instance had too little of while this invocation was in it, by this one or another. */
    public Optional<Shortage> shortage() {
        return instance.sandbox().shortageSince(madeNanos);
    }

    /** The instance is of no more use: ends it. */
    public void discard(String why) {
        pool.retirement().discard(instance, Integer.MAX_VALUE, why);
    }

    /** As {@link #discard}, unless other invocations are in the instance, which may do well. */
    public void discardIfAlone(String why) {
        pool.retirement().discard(instance, 1, why);
    }

    /** Gives the place back. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            pool.leave(instance);
        }
    }
}
