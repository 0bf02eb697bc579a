package dev.thaw.image;

import dev.thaw.image.ProgressListener.Progress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds up what the fetches of several layers tell. */
final class FetchProgress {
    private final ProgressListener listener;
    private final long total;
    private final Map<Layer, Long> done = new HashMap<>(); // guarded by this

    FetchProgress(List<Layer> layers, ProgressListener listener) {
        this.listener = listener;
        total = layers.stream().mapToLong(Layer::size).sum();
    }

    ProgressListener of(Layer layer) {
        return progress -> listener.onProgress(new Progress(progress.stage(), add(layer, progress.doneBytes()), total));
    }

    private synchronized long add(Layer layer, long bytes) {
        done.put(layer, bytes);
        return done.values().stream().mapToLong(Long::longValue).sum();
    }
}
