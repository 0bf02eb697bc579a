package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a guest's log to its listener on a thread of its own, and tells the guest how much more it may send. What the guest may send,
 * what waits here, and what is not yet granted again add up to the window.
 */
final class LogDelivery {
    static final int WINDOW_BYTES = 256 << 10;

    private static final Logger log = LoggerFactory.getLogger(LogDelivery.class);

    /** Sends a LOG_WINDOW. */
    @FunctionalInterface
    interface Granter {
        void grant(int bytes) throws AgentException;
    }

    private final AgentLog listener;
    private final Granter granter;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by lock.
    private final Deque<GuestMessage.Log> waiting = new ArrayDeque<>();
    private long droppedBytes;
    private int waitingBytes;
    private int grantedBytes;
    private boolean started;
    private boolean ended;

    LogDelivery(AgentLog listener, Granter granter) {
        this.listener = requireNonNull(listener, "listener is null");
        this.granter = requireNonNull(granter, "granter is null");
    }

    /** Grants the whole window anew: at the start, and after a RENEW, which took away what was granted. */
    void open() throws AgentException {
        int grant;
        lock.lock();
        try {
            grant = WINDOW_BYTES - waitingBytes;
            grantedBytes = grant;
        } finally {
            lock.unlock();
        }
        granter.grant(grant);
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

    private boolean deliverNext() throws InterruptedException {
        long dropped;
        GuestMessage.Log piece;
        lock.lock();
        try {
            while (waiting.isEmpty() && droppedBytes == 0) {
                if (ended) {
                    return false;
                }
                changed.await();
            }
            dropped = droppedBytes;
            droppedBytes = 0;
            piece = waiting.peek();
        } finally {
            lock.unlock();
        }
        if (dropped > 0) {
            listener.dropped(dropped);
        }
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

    private void grantMore() throws AgentException {
        int grant;
        lock.lock();
        try {
            grant = WINDOW_BYTES - waitingBytes - grantedBytes;
            if (ended || grant < WINDOW_BYTES / 2) {
                return;
            }
            grantedBytes += grant;
        } finally {
            lock.unlock();
        }
        granter.grant(grant);
    }
}
