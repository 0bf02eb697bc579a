package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the blocks of one image are, once its block map has come. */
final class ImagePlaces {
    private static final Logger log = LoggerFactory.getLogger(ImagePlaces.class);

    private final PartKind kind;
    private final long sizeBytes;
    private final SnapshotImages images;
    private final LazyThreads threads;
    private final Cancellation cancellation;
    private final Consumer<Exception> lost;
    private final CompletableFuture<Places> places = new CompletableFuture<>();

    /**
     * @param cancellation of the image
     * @param lost hears when it will not come
     */
    ImagePlaces(
            PartKind kind,
            long sizeBytes,
            SnapshotImages images,
            LazyThreads threads,
            Cancellation cancellation,
            Consumer<Exception> lost) {
        this.kind = requireNonNull(kind, "kind is null");
        this.sizeBytes = sizeBytes;
        this.images = requireNonNull(images, "images is null");
        this.threads = requireNonNull(threads, "threads is null");
        this.cancellation = requireNonNull(cancellation, "cancellation is null");
        this.lost = requireNonNull(lost, "lost is null");
    }

    /** To be called when the images have begun to be read. */
    void begin() {
        images.map(kind).whenComplete((map, failure) -> {
            if (failure != null) {
                threads.executor().execute(this::readMapAgain);
            } else {
                take(map);
            }
        });
    }

    private void take(BlockMap map) {
        if (map.sizeBytes() == sizeBytes) {
            places.complete(Places.of(map));
        } else {
            withoutMap(new StoreException(
                    StoreException.Code.CORRUPT, "The block map of the " + kind.label() + " is of another size."));
        }
    }

    /** Without its map an image is of no use beyond what is hot, so one that did not come at first is asked for as a miss is. */
    private void readMapAgain() {
        try (Limit limit = new Limit(threads.patience(), cancellation)) {
            take(new Repetition(limit, this::readAgain).read(() -> images.readMap(kind, limit.cancellation())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            places.completeExceptionally(e);
        } catch (IOException | RuntimeException e) {
            withoutMap(e);
        }
    }

    private void withoutMap(Exception why) {
        places.completeExceptionally(why);
        if (!cancellation.isCancelled()) {
            log.warn(
                    "snapshot={} part={} its block map cannot be had: {}",
                    images.manifest().id(),
                    kind.label(),
                    why.toString());
            threads.troubles().givenUp(why);
            lost.accept(why);
        }
    }

    /** A read of this image failed, and is made again. */
    void readAgain(StoreException why) {
        threads.troubles().repeated(why);
        log.warn("snapshot={} part={} is read again: {}", images.manifest().id(), kind.label(), why.getMessage());
    }

    /** Null as long as they are not known, and when they never will be. */
    @Nullable
    Places now() {
        return places.isCompletedExceptionally() ? null : places.getNow(null);
    }

    CompletableFuture<Places> future() {
        return places;
    }

    /** Waits for them. */
    Places within(Limit limit) throws IOException, InterruptedException {
        try {
            return places.get(limit.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new IOException("The block map of the " + kind.label() + " cannot be had.", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("The block map of the " + kind.label() + " did not come in time.", e);
        }
    }
}
