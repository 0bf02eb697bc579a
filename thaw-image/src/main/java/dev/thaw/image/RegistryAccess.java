package dev.thaw.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.random.RandomGenerator;

/** What all images from registries share: connections, tokens, and the blobs that are here already. */
final class RegistryAccess implements AutoCloseable {
    final RegistryOptions options;
    final RegistryClient client;
    final Retries retries;
    final BlobCache blobs;
    private final RegistryHosts hosts;

    RegistryAccess(RegistryOptions options, Path blobDirectory, Clock clock) throws IOException {
        this.options = options;
        hosts = new RegistryHosts(options);
        client = new RegistryClient(
                hosts, new RegistryTokens(hosts, new DockerCredentials(options.dockerConfig())), options);
        retries = new Retries(options.attempts(), options.firstPause(), Thread::sleep, RandomGenerator.getDefault());
        blobs = BlobCache.open(blobDirectory, options.kept(), clock);
    }

    @Override
    public void close() {
        blobs.close();
        hosts.close();
    }
}
