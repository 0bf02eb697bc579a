package dev.thaw.store;

/** How a part is hashed. Its digest is always that of this form. */
public enum PartForm {
    /** As they are. */
    PLAIN,
    /** Runs of non-zero blocks with their places; see {@link SparseForm}. */
    SPARSE
}
