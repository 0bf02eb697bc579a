package dev.thaw.lazy;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Takes the outcome of one {@link ImageSource#read}. The first call counts; later ones do nothing. Safe from any thread. */
public interface ReadAnswer {
    /**
     * The bytes, as pieces that follow each other and together have exactly the length that was asked for. They are used before this returns; those outside the Java
     * heap are not copied on the way to the kernel.
     *
     * @throws IllegalArgumentException when the length is another; the read has failed then
     */
    void bytes(List<MemorySegment> pieces);

    /** {@link #bytes(List)} of one piece. */
    default void bytes(MemorySegment piece) {
        bytes(List.of(piece));
    }

    /** The bytes cannot be had; who reads sees an I/O error. */
    void failed(Throwable reason);

    /** Whether an answer is of no use any more, because there was one, or nobody can read. */
    boolean answered();
}
