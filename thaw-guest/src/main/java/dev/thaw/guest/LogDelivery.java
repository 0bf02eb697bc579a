package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a guest's log to its listener on a thread of its own, and tells the guest how much more it may send. What the guest may send,
 * what waits here, and what is not yet granted again add up to the window. Over time no more is granted than a rate allows, so that a
 * function that writes without end costs the host little; its guest drops the rest and says how much.
 */
final class LogDelivery {
    static final int WINDOW_BYTES = 256 << 10;

    /** What is taken of one instance's output each second, after a first burst. */
    static final long BYTES_A_SECOND = 1 << 20;

    static final long BURST_BYTES = 2 << 20;

    /** Smaller grants would cost a frame for little. */
    private static final int LEAST_GRANT_BYTES = WINDOW_BYTES / 4;

    private static final Logger log = LoggerFactory.getLogger(LogDelivery.class);

    /** Sends a LOG_WINDOW. */
    @FunctionalInterface
    interface Granter {
        void grant(int bytes) throws AgentException;
    }

    private final AgentLog listener;
    private final Granter granter;
    private final ReentrantLock lock;
    private final Condition changed;

    // Guarded by lock.
    private final RateLimit rate = new RateLimit(BYTES_A_SECOND, BURST_BYTES, System.nanoTime());
    private final Map<Shortage.Kind, Shortage> shortages = new EnumMap<>(Shortage.Kind.class);
    private final Deque<GuestMessage.Log> waiting = new ArrayDeque<>();
    private long droppedBytes;
    private int waitingBytes;
    private int grantedBytes;
    private boolean opened;
    private boolean started;
    private boolean ended;

    /** @param lock the connection's: a grant must not cross a RENEW, which takes back what was granted */
    LogDelivery(AgentLog listener, Granter granter, ReentrantLock lock) {
        this.listener = requireNonNull(listener, "listener is null");
        this.granter = requireNonNull(granter, "granter is null");
        this.lock = requireNonNull(lock, "lock is null");
        changed = lock.newCondition();
    }

    /** Grants the window: at the start, and after a renewal. */
    void open() throws AgentException {
        lock.lock();
        try {
            opened = true;
            grant(rate.take(WINDOW_BYTES - waitingBytes, System.nanoTime()));
            if (wantsGrant()) {
                wake();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Grants nothing until {@link #open}, and forgets what was granted: a RENEW takes it back. */
    void shut() {
        lock.lock();
        try {
            opened = false;
            rate.giveBack(grantedBytes);
            grantedBytes = 0;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the whole window for granted by somebody else. */
    void assumeGranted() {
        lock.lock();
        try {
            grantedBytes = WINDOW_BYTES;
        } finally {
            lock.unlock();
        }
    }

    void accept(GuestMessage.Log piece) throws AgentException {
        lock.lock();
        try {
            if (piece.bytes().length == 0 || piece.bytes().length > grantedBytes) {
                throw FrameDecoder.violation(
                        "LOG of " + piece.bytes().length + " bytes with a window of " + grantedBytes);
            }
            grantedBytes -= piece.bytes().length;
            waitingBytes += piece.bytes().length;
            waiting.add(piece);
            wake();
        } finally {
            lock.unlock();
        }
    }

    void dropped(long bytes) {
        lock.lock();
        try {
            droppedBytes = Math.max(droppedBytes, droppedBytes + bytes);
            wake();
        } finally {
            lock.unlock();
        }
    }

    void ranShort(Shortage shortage) {
        lock.lock();
        try {
            shortages.put(shortage.kind(), shortage);
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Delivers what waits, then ends. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        if (!started) {
            started = true;
            Thread.ofVirtual().name("thaw-agent-log").start(this::run);
        }
        changed.signalAll();
    }

    private void run() {
        try {
            while (deliverNext()) {
                grantMore();
            }
        } catch (AgentException e) {
            log.debug("The log of a guest ends: its connection is closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("A guest's log is lost from here on: its listener failed", e);
        }
    }

    /** Waits until there is something to deliver or to grant, and delivers it. False at the end. */
    private boolean deliverNext() throws InterruptedException {
        long dropped;
        List<Shortage> ranShort;
        GuestMessage.Log piece;
        lock.lock();
        try {
            while (waiting.isEmpty() && droppedBytes == 0 && shortages.isEmpty()) {
                if (ended) {
                    return false;
                }
                if (wantsGrant()) {
                    long nanos = rate.nanosUntil(LEAST_GRANT_BYTES, System.nanoTime());
                    if (nanos <= 0) {
                        return true;
                    }
                    changed.awaitNanos(nanos);
                } else {
                    changed.await();
                }
            }
            dropped = droppedBytes;
            droppedBytes = 0;
            ranShort = List.copyOf(shortages.values());
            shortages.clear();
            piece = waiting.peek();
        } finally {
            lock.unlock();
        }
        if (dropped > 0) {
            listener.dropped(dropped);
        }
        ranShort.forEach(listener::ranShort);
        if (piece != null) {
            listener.append(piece.source(), piece.bytes());
            lock.lock();
            try {
                waiting.remove();
                waitingBytes -= piece.bytes().length;
            } finally {
                lock.unlock();
            }
        }
        return true;
    }

    private boolean wantsGrant() {
        return opened && WINDOW_BYTES - waitingBytes - grantedBytes >= LEAST_GRANT_BYTES;
    }

    private void grantMore() throws AgentException {
        lock.lock();
        try {
            if (!ended && wantsGrant() && rate.nanosUntil(LEAST_GRANT_BYTES, System.nanoTime()) <= 0) {
                grant(rate.take(WINDOW_BYTES - waitingBytes - grantedBytes, System.nanoTime()));
            }
        } finally {
            lock.unlock();
        }
    }

    private void grant(int bytes) throws AgentException {
        if (bytes > 0) {
            grantedBytes += bytes;
            granter.grant(bytes);
        }
    }
}
