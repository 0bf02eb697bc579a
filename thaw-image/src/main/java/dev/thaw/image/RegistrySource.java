package dev.thaw.image;

import static java.util.Objects.requireNonNull;

import dev.thaw.image.ImageDocuments.Descriptor;
import dev.thaw.image.ImageReference.Registry;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** An image in a registry. Its layers are fetched side by side from the first {@link #open} on, into the blob cache. */
final class RegistrySource implements ImageSource, BlobImage.Blobs {
    private static final List<String> MANIFESTS = List.of(
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json");

    private final Registry reference;
    private final RegistryAccess access;
    private final ImageLimits limits;
    private final BlobImage image;
    private final ProgressListener listener;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<Layer, Future<Path>> fetches = new HashMap<>();
    private List<Layer> layers = List.of();

    RegistrySource(
            Registry reference,
            RegistryAccess access,
            ImageLimits limits,
            Platform platform,
            ProgressListener listener) {
        this.reference = reference;
        this.access = access;
        this.limits = limits;
        this.listener = listener;
        image = new BlobImage(new ImageDocuments(reference.toString()), limits, platform, this);
    }

    @Override
    public Image resolve() throws IOException {
        Optional<Digest> digest = reference.digest();
        byte[] document = small("manifests/" + digest.map(Digest::toString).orElse(reference.tag()), MANIFESTS);
        if (digest.isPresent() && !Digest.of(document).equals(digest.get())) {
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    "The registry " + reference.host() + " sends a manifest with the digest " + Digest.of(document)
                            + " for " + reference + ".");
        }
        Image found = image.from(document);
        if (found.layerBytes() > limits.expandedBytes()) {
            throw ImageException.tooLarge("The layers of " + reference + " have " + found.layerBytes()
                    + " bytes; at most " + limits.expandedBytes() + " are accepted.");
        }
        layers = List.copyOf(new LinkedHashSet<>(found.layers()));
        return found;
    }

    @Override
    public byte[] manifest(Descriptor blob) throws IOException {
        return small("manifests/" + blob.digest(), MANIFESTS);
    }

    @Override
    public byte[] config(Descriptor blob) throws IOException {
        return small("blobs/" + blob.digest(), List.of());
    }

    private byte[] small(String path, List<String> accept) throws IOException {
        try {
            return access.retries.run(reference + " (" + path + ")", () -> {
                HttpResponse<InputStream> response =
                        access.client.get(reference.host(), reference.repository(), path, accept, 0);
                try (InputStream in = response.body()) {
                    byte[] bytes = in.readNBytes(limits.documentBytes() + 1);
                    if (bytes.length > limits.documentBytes()) {
                        throw ImageException.tooLarge(
                                "The registry " + reference.host() + " sends a document of more than "
                                        + limits.documentBytes() + " bytes for " + reference + ".");
                    }
                    return bytes;
                }
            });
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    @Override
    public InputStream open(Layer layer) throws IOException {
        if (fetches.isEmpty()) {
            fetchAll();
        }
        try {
            return Files.newInputStream(
                    requireNonNull(fetches.get(layer), "layer of another image").get());
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    private void fetchAll() {
        Semaphore permits = new Semaphore(access.options.parallel(), true);
        FetchProgress progress = new FetchProgress(layers, listener);
        for (Layer layer : layers) {
            access.blobs.pin(layer.digest().orElseThrow());
            fetches.put(layer, threads.submit(() -> {
                permits.acquire();
                try {
                    return fetch(layer, progress.of(layer));
                } finally {
                    permits.release();
                }
            }));
        }
    }

    private Path fetch(Layer layer, ProgressListener heard) throws IOException, InterruptedException {
        Digest digest = layer.digest().orElseThrow();
        BlobDownload download =
                new BlobDownload(access.client, access.retries, reference.host(), reference.repository());
        return access.blobs.get(digest, heard, (file, shared) -> download.fetch(digest, layer.size(), file, shared));
    }

    private static IOException cancelled(InterruptedException e) {
        Thread.currentThread().interrupt();
        return (IOException) new InterruptedIOException("fetching the image was cancelled").initCause(e);
    }

    @Override
    public void close() throws IOException {
        // Those that wait for others' fetches end at once; a fetch that nobody else waits for ends too.
        threads.shutdownNow();
        threads.close();
        fetches.keySet().forEach(it -> access.blobs.unpin(it.digest().orElseThrow()));
        access.blobs.trim();
    }
}
