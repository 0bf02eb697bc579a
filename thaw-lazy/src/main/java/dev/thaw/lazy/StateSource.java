package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A device state on its way: a VMM may open and read it before it has come, and waits in its read. */
final class StateSource implements ImageSource {
    private final long sizeBytes;
    private final CompletableFuture<byte[]> state;

    /**
     * @param state this object's from here on
     * @param patience from now on; then readers get I/O errors
     */
    StateSource(long sizeBytes, CompletableFuture<byte[]> state, Duration patience) {
        this.sizeBytes = sizeBytes;
        this.state = requireNonNull(state, "state is null").orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void read(long offset, int length, ReadAnswer answer) {
        var unused = state.whenComplete((bytes, failure) -> {
            if (failure == null) {
                answer.bytes(MemorySegment.ofArray(bytes).asSlice(offset, length));
            } else {
                answer.failed(failure);
            }
        });
    }

    /** Whoever reads still hears that it will not come. */
    @Override
    public void close() {
        state.cancel(false);
    }
}
