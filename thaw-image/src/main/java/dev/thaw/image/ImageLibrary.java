package dev.thaw.image;

import static java.util.Objects.requireNonNull;

import dev.thaw.image.ImageReference.DockerArchive;
import dev.thaw.image.ImageReference.Layout;
import dev.thaw.image.ImageReference.Registry;
import dev.thaw.image.ImageReference.Sample;
import dev.thaw.image.ImageSource.Image;
import dev.thaw.image.ProgressListener.Progress;
import dev.thaw.image.ProgressListener.Stage;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Root file systems by image, kept on disk. An image is fetched and flattened once, however many ask for it at the same
 * time; what is kept is whole or not there, after a crash too. One process at a time opens a directory.
 */
public final class ImageLibrary implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageLibrary.class);

    private final Path images;
    private final Path work;
    private final SampleBuilder samples;
    private final RegistryAccess registries;
    private final ImageLimits limits;
    private final FileChannel lockFile;
    private final Flights<Digest, RootFilesystem> flattening = new Flights<>("image");
    private final Flights<ImageReference, RootFilesystem> resolving = new Flights<>("reference");

    private ImageLibrary(
            Path directory,
            SampleBuilder samples,
            RegistryAccess registries,
            ImageLimits limits,
            FileChannel lockFile) {
        this.images = directory.resolve("images");
        this.work = directory.resolve("work");
        this.samples = samples;
        this.registries = registries;
        this.limits = limits;
        this.lockFile = lockFile;
    }

    /**
     * Opens a library, and removes what an earlier process left half-done in it.
     *
     * @param directory made if it is missing
     * @throws ImageException when another process has it open
     */
    public static ImageLibrary open(
            Path directory, SampleBuilder samples, RegistryOptions registries, ImageLimits limits) throws IOException {
        requireNonNull(samples, "samples is null");
        requireNonNull(registries, "registries is null");
        requireNonNull(limits, "limits is null");
        Files.createDirectories(directory.resolve("images"));
        FileChannel lockFile =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            lock(lockFile, directory);
            Path work = directory.resolve("work");
            Directories.delete(work);
            Files.createDirectories(work);
            RegistryAccess access = new RegistryAccess(registries, directory.resolve("blobs"), Clock.systemUTC());
            return new ImageLibrary(directory, samples, access, limits, lockFile);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    private static void lock(FileChannel lockFile, Path directory) throws IOException {
        @Nullable FileLock lock;
        try {
            lock = lockFile.tryLock();
        } catch (OverlappingFileLockException e) {
            throw inUse(directory, e);
        }
        if (lock == null) {
            throw inUse(directory, null);
        }
    }

    private static ImageException inUse(Path directory, @Nullable Throwable cause) {
        String message = "The image library in " + directory
                + " is open already. Stop the daemon that uses it, or name another directory.";
        return cause == null
                ? new ImageException(ImageException.Kind.STORAGE, message)
                : new ImageException(ImageException.Kind.STORAGE, message, cause);
    }

    /**
     * The root file system of an image, made if it is not here yet. A tag is looked up anew each time.
     *
     * @throws ImageException with a text for the user
     * @throws InterruptedException when this thread is interrupted while it waits; the work goes on for others who wait
     */
    public RootFilesystem resolve(ImageReference reference, ProgressListener listener)
            throws IOException, InterruptedException {
        requireNonNull(reference, "reference is null");
        requireNonNull(listener, "listener is null");
        return resolving.run(reference, listener, shared -> find(reference, shared));
    }

    /** The root file system of an image, if it is here. Nothing is fetched. */
    public Optional<RootFilesystem> find(Digest image) {
        return ImageRecord.read(directory(image), image);
    }

    private RootFilesystem find(ImageReference reference, ProgressListener listener)
            throws IOException, InterruptedException {
        Path scratch = Files.createTempDirectory(work, "resolve");
        try (ImageSource source = source(reference, scratch, listener)) {
            listener.onProgress(new Progress(Stage.RESOLVE, 0, 0));
            Image image = source.resolve();
            Optional<RootFilesystem> known = find(image.digest());
            if (known.isPresent()) {
                return known.get();
            }
            return flattening.run(image.digest(), listener, shared -> flatten(source, image, shared));
        } finally {
            Directories.delete(scratch);
        }
    }

    private ImageSource source(ImageReference reference, Path scratch, ProgressListener listener) throws IOException {
        Platform platform = Platform.host();
        return switch (reference) {
            case Layout layout -> new LayoutSource(layout.directory(), layout.tag(), limits, platform);
            case DockerArchive archive -> new DockerArchiveSource(archive.file(), scratch, limits, platform);
            case Registry registry -> new RegistrySource(registry, registries, limits, platform, listener);
            case Sample sample -> {
                listener.onProgress(new Progress(Stage.BUILD, 0, 0));
                Path layout = scratch.resolve("layout");
                samples.build(sample.name(), layout, scratch.resolve("log"));
                yield new LayoutSource(layout, Optional.empty(), limits, platform);
            }
        };
    }

    private RootFilesystem flatten(ImageSource source, Image image, ProgressListener listener) throws IOException {
        Optional<RootFilesystem> known = find(image.digest());
        if (known.isPresent()) {
            return known.get();
        }
        long start = System.nanoTime();
        Path scratch = Files.createTempDirectory(work, "flatten");
        try {
            Path whole = Files.createDirectory(scratch.resolve("image"));
            ErofsWriter.Written written = new Flattener(limits)
                    .flatten(source, image, scratch, whole.resolve(ImageRecord.FILE_SYSTEM), listener);
            ImageRecord.write(whole, written, image.config());
            Path place = directory(image.digest());
            Directories.delete(place);
            Files.move(whole, place, StandardCopyOption.ATOMIC_MOVE);
            ImageRecord.force(images);
            LOG.info(
                    "Flattened an image: image={} content={} bytes={} ms={}",
                    image.digest(),
                    written.digest(),
                    written.sizeBytes(),
                    (System.nanoTime() - start) / 1_000_000);
            return find(image.digest())
                    .orElseThrow(() -> new ImageException(
                            ImageException.Kind.STORAGE,
                            "The image library in " + images + " does not keep what is written to it."));
        } finally {
            Directories.delete(scratch);
        }
    }

    private Path directory(Digest image) {
        return images.resolve("sha256-" + image.hex());
    }

    /** As {@link #open(Path, SampleBuilder, RegistryOptions, ImageLimits)} with what Docker's client would use. */
    public static ImageLibrary open(Path directory, SampleBuilder samples, ImageLimits limits) throws IOException {
        return open(directory, samples, RegistryOptions.fromEnvironment(System.getenv()), limits);
    }

    /** Cancels what is under way and waits for its end. Files that were handed out stay where they are. */
    @Override
    public void close() throws IOException {
        resolving.close();
        flattening.close();
        registries.close();
        lockFile.close();
    }
}
