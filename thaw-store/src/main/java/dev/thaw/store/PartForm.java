package dev.thaw.store;

/** How the bytes of a part become the bytes of a stored object. A part's digest is always that of the object. */
public enum PartForm {
    /** As they are. */
    PLAIN,
    /** Runs of non-zero blocks with their places; see {@link SparseForm}. */
    SPARSE
}
