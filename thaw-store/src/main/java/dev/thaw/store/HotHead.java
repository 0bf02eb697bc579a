package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The first bytes of a hot companion, as its pointer brings them; who has the pointer may use what is here of them. */
final class HotHead {
    private final byte[] bytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int here; // guarded by lock
    private boolean failed; // guarded by lock

    /** One that is on its way: {@link #read} brings it. */
    HotHead(int lengthBytes) {
        this.bytes = new byte[lengthBytes];
    }

    private HotHead(byte[] bytes) {
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.here = bytes.length;
    }

    /** One that is here. */
    static HotHead of(byte[] bytes) {
        return new HotHead(bytes);
    }

    static HotHead none() {
        return new HotHead(0);
    }

    int lengthBytes() {
        return bytes.length;
    }

    /**
     * Reads all of it from where {@code object} is.
     *
     * @throws StoreException when it does not come; those who wait have what came before
     */
    void read(ObjectReader object) throws StoreException {
        ByteBuffer target = ByteBuffer.wrap(bytes);
        try {
            while (target.hasRemaining()) {
                if (object.read(target) < 0) {
                    throw new StoreException(
                            StoreException.Code.CORRUPT, object.info().key() + " is shorter than it was.");
                }
                came(target.position());
            }
        } finally {
            if (target.hasRemaining()) {
                fail();
            }
        }
    }

    private void came(int end) {
        lock.lock();
        try {
            here = end;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail() {
        lock.lock();
        try {
            failed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until more than {@code had} bytes are here, or all.
     *
     * @return how many; {@code had} when no more will come
     */
    int await(int had, Cancellation cancellation) throws StoreException {
        lock.lock();
        try (Cancellation.Registration _ = cancellation.onCancel(this::wake)) {
            while (here <= had && had < bytes.length && !failed) {
                cancellation.check();
                changed.await();
            }
            return Math.max(here, had);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while a pointer was read.", e);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the rest of it will not come. */
    boolean hasFailed() {
        lock.lock();
        try {
            return failed;
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Copies bytes that are here. */
    void copy(int from, int to, byte[] target) {
        System.arraycopy(bytes, from, target, from, to - from);
    }

    /** All of it, that is here. */
    byte[] whole() {
        lock.lock();
        try {
            if (here < bytes.length) {
                throw new IllegalStateException("Only " + here + " of " + bytes.length + " bytes are here.");
            }
            return bytes.clone();
        } finally {
            lock.unlock();
        }
    }
}
