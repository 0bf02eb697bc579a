package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.StandingVmms.Standing;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.sandbox.PreparedSandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The VMMs of a worker that stand by. A thaw takes one, which costs it nothing; a thread of the pool's own starts what is missing, once no start has been under way
 * for a moment. They are counted in the worker's memory, and given up first when an instance needs it.
 */
final class PreparedPool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PreparedPool.class);

    /** What one is counted with: its own memory is about 9 MiB, with the kernel's for it. */
    static final long BYTES = 16L << 20;

    /** How long no start must have been under way: the first invocation's own time goes before. */
    private static final Duration CALM = Duration.ofMillis(100);

    /** After a failure, or when there was too little memory. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final String worker;
    private final SandboxProvider provider;
    private final Admission admission;
    private final PreparedPolicy policy;
    private final Thread refiller;

    /** Never held while the admission's lock is asked for, which may be held when this one is. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();

    /** Guarded by lock, as all below. */
    private final ShapesInService shapes = new ShapesInService();

    private final StandingVmms standing = new StandingVmms();
    private long taken;
    private long missed;
    private long lost;
    private boolean closed;

    PreparedPool(String worker, SandboxProvider provider, Admission admission, PreparedPolicy policy) {
        this.worker = requireNonNull(worker, "worker is null");
        this.provider = requireNonNull(provider, "provider is null");
        this.admission = requireNonNull(admission, "admission is null");
        this.policy = requireNonNull(policy, "policy is null");
        refiller = Thread.ofVirtual().name(worker + "-prepare").start(this::refill);
    }

    /** A revision has come into service on the worker. */
    void add(Revision revision) {
        lock.lock();
        try {
            shapes.add(revision);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** It has gone out of service. */
    void remove(Revision revision) {
        lock.lock();
        try {
            shapes.remove(revision);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** One of that shape, for a thaw that begins; it is the caller's from now on. Never waits. */
    Optional<PreparedSandbox> take(MachineShape shape) {
        Optional<Standing> one;
        lock.lock();
        try {
            shapes.used(shape);
            one = standing.take(shape);
            if (one.isEmpty()) {
                missed += wanted().getOrDefault(shape, 0) > 0 ? 1 : 0;
                return Optional.empty();
            }
            taken++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        // The instance's own share has room for its VMM.
        one.get().permit().close();
        return Optional.of(one.get().sandbox());
    }

    /** One that was taken could not be used. */
    void failed() {
        lock.lock();
        try {
            lost++;
        } finally {
            lock.unlock();
        }
    }

    /** Gives one up for an instance that needs its memory; returns whether there was one. Does not wait for its end. */
    boolean giveUp() {
        Optional<Standing> given;
        lock.lock();
        try {
            given = shapes.lastUsedFirst().reversed().stream()
                    .flatMap(shape -> standing.take(shape).stream())
                    .findFirst();
        } finally {
            lock.unlock();
        }
        given.ifPresent(one -> Thread.ofVirtual().name(worker + "-give-up").start(one::end));
        return given.isPresent();
    }

    PreparedStats stats() {
        lock.lock();
        try {
            int count = standing.count();
            return new PreparedStats(count, count * BYTES, taken, missed, lost);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private Map<MachineShape, Integer> wanted() {
        return closed ? Map.of() : policy.wanted(shapes.lastUsedFirst());
    }

    private void refill() {
        try {
            while (true) {
                endSurplus();
                Optional<MachineShape> missing = awaitWork();
                if (missing.isPresent()) {
                    admission.awaitCalm(CALM);
                    if (!prepare(missing.get())) {
                        pause();
                    }
                }
            }
        } catch (InterruptedException e) {
            log.debug("worker={} prepares no more", worker);
        }
    }

    /** Waits until there is something to do; returns a shape of which there are too few, or nothing when there are too many of one. */
    private Optional<MachineShape> awaitWork() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                Map<MachineShape, Integer> wanted = wanted();
                Optional<MachineShape> missing = standing.missing(wanted);
                if (missing.isPresent() || standing.hasSurplus(wanted)) {
                    return missing;
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void endSurplus() {
        List<Standing> surplus;
        lock.lock();
        try {
            surplus = standing.takeSurplus(wanted());
        } finally {
            lock.unlock();
        }
        surplus.forEach(Standing::end);
    }

    /** Returns whether it is worth to go on at once. */
    private boolean prepare(MachineShape shape) {
        Optional<Admission.Permit> permit = admission.readmit(BYTES);
        if (permit.isEmpty()) {
            return false;
        }
        try {
            Optional<PreparedSandbox> fresh = provider.prepare(shape);
            if (fresh.isPresent()) {
                standBy(new Standing(fresh.get(), permit.get()));
                return true;
            }
            permit.get().close();
            return false;
        } catch (SandboxException | RuntimeException e) {
            permit.get().close();
            log.warn("worker={} no VMM can be prepared for {}: {}", worker, shape, e.getMessage());
            return false;
        }
    }

    private void standBy(Standing fresh) {
        boolean kept;
        lock.lock();
        try {
            kept = !closed;
            if (kept) {
                standing.add(fresh);
            }
        } finally {
            lock.unlock();
        }
        if (!kept) {
            fresh.end();
            return;
        }
        // In a thread of its own: closing it waits for the one that tells us.
        var unused = fresh.sandbox()
                .ended()
                .thenAccept(exit ->
                        Thread.ofVirtual().name(worker + "-prepared-ended").start(() -> ended(fresh, exit.text())));
    }

    private void ended(Standing one, String how) {
        lock.lock();
        try {
            if (!standing.remove(one)) {
                return;
            }
            lost++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        log.warn("worker={} a prepared VMM is lost: it {}", worker, how);
        one.end();
    }

    private void pause() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var unused = changed.awaitNanos(PAUSE.toNanos());
        } finally {
            lock.unlock();
        }
    }

    /** Ends all that stand by; there will be no more. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        refiller.interrupt();
        try {
            refiller.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        endSurplus();
    }
}
