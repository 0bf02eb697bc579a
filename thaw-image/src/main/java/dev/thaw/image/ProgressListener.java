package dev.thaw.image;

/** Told how a resolution goes on, from any thread and often: must be quick and must not throw. */
@FunctionalInterface
public interface ProgressListener {
    ProgressListener NONE = _ -> {};

    /** What is being done. */
    enum Stage {
        /** Building a sample's image. */
        BUILD,
        /** Reading the image's documents. */
        RESOLVE,
        /** Fetching layers. */
        FETCH,
        /** Reading layers into one tree. */
        UNPACK,
        /** Writing the root file system. */
        WRITE
    }

    /**
     * @param doneBytes of {@code totalBytes}
     * @param totalBytes 0 when it is not known
     */
    record Progress(Stage stage, long doneBytes, long totalBytes) {}

    void onProgress(Progress progress);
}
