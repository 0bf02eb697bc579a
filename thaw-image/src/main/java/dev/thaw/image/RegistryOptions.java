package dev.thaw.image;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.DataSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How registries are spoken to.
 *
 * @param plainHttp hosts, with their ports, that may be spoken to without TLS; the loopback always may
 * @param dockerConfig Docker's configuration, for credentials; need not exist
 * @param certificates a directory of certificate authorities by host, as Docker's {@code certs.d}; need not exist
 * @param stall how long a transfer may bring no byte before it is tried again
 * @param attempts how often a request is tried in all
 * @param firstPause before the second attempt; doubles from attempt to attempt, with jitter
 * @param parallel how many blobs of an image are fetched at the same time
 * @param kept how many bytes of blobs are kept for other images that share them
 */
public record RegistryOptions(
        Set<String> plainHttp,
        Path dockerConfig,
        Path certificates,
        Duration stall,
        int attempts,
        Duration firstPause,
        int parallel,
        DataSize kept) {
    public RegistryOptions {
        plainHttp = Set.copyOf(plainHttp);
        requireNonNull(dockerConfig, "dockerConfig is null");
        requireNonNull(certificates, "certificates is null");
        requireNonNull(stall, "stall is null");
        requireNonNull(firstPause, "firstPause is null");
        requireNonNull(kept, "kept is null");
        if (attempts < 1 || parallel < 1) {
            throw new IllegalArgumentException("Attempts and parallel fetches must be at least 1.");
        }
    }

    /** What Docker's own client would use in this environment. */
    public static RegistryOptions fromEnvironment(Map<String, String> environment) {
        Path home = Path.of(System.getProperty("user.home"));
        Path config = Optional.ofNullable(environment.get("DOCKER_CONFIG"))
                .map(Path::of)
                .orElse(home.resolve(".docker"));
        return new RegistryOptions(
                Set.of(),
                config.resolve("config.json"),
                Path.of("/etc/docker/certs.d"),
                Duration.ofSeconds(30),
                5,
                Duration.ofMillis(250),
                3,
                DataSize.ofGibibytes(4));
    }

    public RegistryOptions withPlainHttp(Set<String> hosts) {
        return new RegistryOptions(hosts, dockerConfig, certificates, stall, attempts, firstPause, parallel, kept);
    }
}
