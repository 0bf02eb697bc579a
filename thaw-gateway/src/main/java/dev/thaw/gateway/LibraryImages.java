package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.function.Images;
import dev.thaw.gateway.function.ResolvedImage;
import dev.thaw.image.ImageConfig;
import dev.thaw.image.ImageLibrary;
import dev.thaw.image.ImageReference;
import dev.thaw.image.ProgressListener.Progress;
import dev.thaw.image.ProgressListener.Stage;
import dev.thaw.image.RootFilesystem;
import dev.thaw.store.DataSize;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** The image library as the functions' registry uses it. */
final class LibraryImages implements Images {
    private final ImageLibrary library;

    LibraryImages(ImageLibrary library) {
        this.library = requireNonNull(library, "library is null");
    }

    @Override
    public ResolvedImage resolve(String reference, Consumer<String> progress) throws IOException {
        AtomicReference<Stage> before = new AtomicReference<>();
        RootFilesystem rootfs;
        try {
            rootfs = library.resolve(ImageReference.parse(reference), step -> {
                if (before.getAndSet(step.stage()) != step.stage()) {
                    progress.accept(words(step));
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("The image was not made ready: the daemon is ending.", e);
        }
        ImageConfig config = rootfs.config();
        return new ResolvedImage(
                rootfs.imageDigest(),
                rootfs.erofs(),
                rootfs.contentDigest(),
                rootfs.sizeBytes(),
                config.entrypoint(),
                config.cmd(),
                config.env(),
                config.user(),
                config.workingDir(),
                config.stopSignal());
    }

    private static String words(Progress step) {
        String size = step.totalBytes() > 0 ? " (" + new DataSize(step.totalBytes()) + ")" : "";
        return switch (step.stage()) {
            case BUILD -> "building the sample";
            case RESOLVE -> "looking the image up";
            case FETCH -> "fetching layers" + size;
            case UNPACK -> "reading layers" + size;
            case WRITE -> "writing the root file system" + size;
        };
    }
}
