package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;

/** The first bytes of a hot companion, as its pointer brings them; who has the pointer may use what is here of them. */
final class HotHead {
    private final byte[] bytes;
    private int here; // guarded by this
    private boolean failed; // guarded by this

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

    private synchronized void came(int end) {
        here = end;
        notifyAll();
    }

    private synchronized void fail() {
        failed = true;
        notifyAll();
    }

    private synchronized void wake() {
        notifyAll();
    }

    /**
     * Waits until more than {@code had} bytes are here, or all.
     *
     * @return how many; {@code had} when no more will come
     */
    synchronized int await(int had, Cancellation cancellation) throws StoreException {
        try (Cancellation.Registration _ = cancellation.onCancel(this::wake)) {
            while (here <= had && had < bytes.length && !failed) {
                cancellation.check();
                wait();
            }
            return Math.max(here, had);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while a pointer was read.", e);
        }
    }

    /** Whether the rest of it will not come. */
    synchronized boolean hasFailed() {
        return failed;
    }

    /** Copies bytes that are here. */
    void copy(int from, int to, byte[] target) {
        System.arraycopy(bytes, from, target, from, to - from);
    }

    /** All of it, that is here. */
    synchronized byte[] whole() {
        if (here < bytes.length) {
            throw new IllegalStateException("Only " + here + " of " + bytes.length + " bytes are here.");
        }
        return bytes.clone();
    }
}
