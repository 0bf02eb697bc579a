package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.Manifest;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens again what an earlier daemon served to instances that run on: by the snapshot that a file's name begins with. */
final class LeftImages {
    /** What the names of device states end with. Who reads one has not run yet, and does not outlive its daemon. */
    static final String STATE = "-state";

    private static final Logger log = LoggerFactory.getLogger(LeftImages.class);

    private final SnapshotStore store;
    private final LazyThreads threads;
    private @Nullable Limit limit; // for all together; guarded by this
    private @Nullable List<Manifest> manifests; // what the store has; guarded by this

    LeftImages(SnapshotStore store, LazyThreads threads) {
        this.store = requireNonNull(store, "store is null");
        this.threads = requireNonNull(threads, "threads is null");
    }

    /** Empty when the store does not have it any more: who reads it gets I/O errors, and its instance ends. */
    synchronized Optional<ImageSource> open(String name, PartKind kind) {
        if (name.endsWith(STATE)) {
            return Optional.empty();
        }
        // A daemon that starts does not wait for each of many files when the store is silent.
        Limit all = limit;
        if (all == null) {
            all = new Limit(threads.patience(), Cancellation.never());
            limit = all;
        }
        try {
            List<Manifest> known = manifests;
            if (known == null) {
                known = store.list(all.cancellation());
                manifests = known;
            }
            Optional<Manifest> manifest = known.stream()
                    .filter(one -> name.startsWith(one.id().brief() + "-"))
                    .findFirst();
            Optional<SnapshotImages> images =
                    manifest.isPresent() ? store.images(manifest.get(), all.cancellation()) : Optional.empty();
            if (images.isEmpty()) {
                log.warn("{} was served by an earlier daemon, and its snapshot is not in the store", name);
                return Optional.empty();
            }
            return Optional.of(open(images.get(), kind));
        } catch (StoreException e) {
            log.warn("{} was served by an earlier daemon, and the store does not give its snapshot", name, e);
            return Optional.empty();
        }
    }

    private ImageSource open(SnapshotImages images, PartKind kind) {
        Manifest manifest = images.manifest();
        long size = kind == PartKind.MEMORY
                ? manifest.memory().sizeBytes()
                : manifest.rootfs().sizeBytes();
        LazyImage image = new LazyImage(kind, size, images, threads, new ReadCounters(_ -> {}));
        images.begin((frame, plain) -> image.take(frame, plain));
        image.begin(true, (offset, bytes, had) -> CompletableFuture.completedFuture(0L), _ -> {});
        return new Closing(image, images);
    }

    /** Its images go with it. */
    private record Closing(LazyImage image, SnapshotImages images) implements ImageSource {
        @Override
        public long sizeBytes() {
            return image.sizeBytes();
        }

        @Override
        public void read(long offset, int length, ReadAnswer answer) {
            image.read(offset, length, answer);
        }

        @Override
        public void close() {
            image.close();
            images.close();
        }
    }
}
