package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.eviction.Eviction;
import dev.thaw.gateway.http.HttpLimits;
import dev.thaw.gateway.text.Durations;
import dev.thaw.gateway.text.Nearest;
import dev.thaw.lazy.Prefetch;
import dev.thaw.lazy.RecordPolicy;
import dev.thaw.node.Mode;
import dev.thaw.sandbox.EgressSettings;
import dev.thaw.store.DataSize;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The daemon's settings; {@link ConfigKey} says what each means.
 *
 * @param store as the user wrote it
 * @param keys the file of wrapping keys
 * @param memory of each worker
 * @param samples the folder of the sample functions
 */
public record DaemonConfig(
        Path data,
        InetSocketAddress listen,
        int workers,
        Mode mode,
        String store,
        Path keys,
        DataSize cacheSize,
        Eviction eviction,
        RecordPolicy record,
        Prefetch prefetch,
        DataSize prefetchRate,
        Duration pointerRefresh,
        Duration missPatience,
        DataSize memory,
        Duration idle,
        int parallelStarts,
        int prepared,
        int queue,
        Duration readyTimeout,
        HttpLimits limits,
        DataSize logSize,
        EgressSettings egress,
        Path run,
        Path software,
        Path samples) {
    private static final int MOST_WORKERS = 64;
    private static final int MOST_PREPARED = 64;

    public DaemonConfig {
        requireNonNull(data, "data is null");
        requireNonNull(listen, "listen is null");
        requireNonNull(mode, "mode is null");
        requireNonNull(store, "store is null");
        requireNonNull(keys, "keys is null");
        requireNonNull(cacheSize, "cacheSize is null");
        requireNonNull(eviction, "eviction is null");
        requireNonNull(record, "record is null");
        requireNonNull(prefetch, "prefetch is null");
        requireNonNull(prefetchRate, "prefetchRate is null");
        requireNonNull(pointerRefresh, "pointerRefresh is null");
        requireNonNull(missPatience, "missPatience is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(idle, "idle is null");
        requireNonNull(readyTimeout, "readyTimeout is null");
        requireNonNull(limits, "limits is null");
        requireNonNull(logSize, "logSize is null");
        requireNonNull(egress, "egress is null");
        requireNonNull(run, "run is null");
        requireNonNull(software, "software is null");
        requireNonNull(samples, "samples is null");
    }

    /** Settings by their keys, with defaults for this machine. */
    public static DaemonConfig parse(Map<String, String> settings) {
        return parse(settings, HostDefaults.ofThisMachine());
    }

    /** @throws IllegalArgumentException with a text for the user, naming the nearest key where one is unknown */
    static DaemonConfig parse(Map<String, String> settings, HostDefaults host) {
        Map<ConfigKey, String> texts = new EnumMap<>(ConfigKey.class);
        settings.forEach((key, text) -> texts.put(keyOf(key), text));
        Settings given = new Settings(texts);
        Path data = given.path(ConfigKey.DATA, host.data());
        int workers = given.number(ConfigKey.WORKERS, 1, MOST_WORKERS, 1);
        HttpLimits defaults = HttpLimits.defaults();
        return new DaemonConfig(
                data,
                given.value(ConfigKey.LISTEN, DaemonConfig::address),
                workers,
                given.value(ConfigKey.MODE, Mode::parse),
                given.text(ConfigKey.STORE).isEmpty() ? "file:" + data.resolve("store") : given.text(ConfigKey.STORE),
                given.path(ConfigKey.KEYS, data.resolve("keys")),
                given.value(ConfigKey.CACHE_SIZE, DataSize::parse),
                given.value(ConfigKey.EVICTION, Eviction::parse),
                given.value(ConfigKey.RECORD, RecordPolicy::parse),
                given.value(ConfigKey.PREFETCH, Prefetch::parse),
                given.value(ConfigKey.PREFETCH_RATE, DataSize::parse),
                given.value(ConfigKey.POINTER_REFRESH, Durations::parse),
                given.value(ConfigKey.MISS_PATIENCE, Durations::parse),
                given.text(ConfigKey.MEMORY).isEmpty()
                        ? new DataSize(host.memoryBytes() / 4 * 3 / workers)
                        : given.value(ConfigKey.MEMORY, DataSize::parse),
                given.value(ConfigKey.IDLE, Durations::parse),
                given.number(ConfigKey.PARALLEL_STARTS, 1, 1_000, host.cores()),
                given.number(ConfigKey.PREPARED, 0, MOST_PREPARED, 0),
                given.number(ConfigKey.QUEUE, 1, 1_000_000, 1_000),
                given.value(ConfigKey.READY_TIMEOUT, Durations::parse),
                new HttpLimits(
                        defaults.lineBytes(),
                        defaults.headers(),
                        given.value(ConfigKey.MAX_BODY, DataSize::parse).bytes(),
                        given.number(ConfigKey.MAX_CONNECTIONS, 1, 1_000_000, defaults.connections()),
                        defaults.headTime(),
                        defaults.idleTime()),
                given.value(ConfigKey.LOG_SIZE, DataSize::parse),
                new EgressSettings(
                        given.value(ConfigKey.EGRESS_DNS, EgressSettings::nameservers),
                        given.value(ConfigKey.EGRESS_DENY, EgressSettings::networks)),
                given.path(ConfigKey.RUN, host.runOf(data)),
                given.path(ConfigKey.SOFTWARE, host.software()),
                given.path(ConfigKey.SAMPLES, host.samples()));
    }

    private static ConfigKey keyOf(String key) {
        for (ConfigKey known : ConfigKey.values()) {
            if (known.key().equals(key)) {
                return known;
            }
        }
        throw new IllegalArgumentException("Unknown setting '" + key + "'." + Nearest.hint(key, ConfigKey.keys())
                + " Settings are " + String.join(", ", ConfigKey.keys()) + ".");
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        String port = text.substring(colon + 1);
        boolean number = !port.isEmpty() && port.length() <= 5 && port.chars().allMatch(Character::isDigit);
        if (colon < 0 || !number || Integer.parseInt(port) > 65_535) {
            throw new IllegalArgumentException(
                    "Not an address: '" + text + "'. Write ADDRESS:PORT, as in 127.0.0.1:8080.");
        }
        InetSocketAddress address = host.isEmpty()
                ? new InetSocketAddress(Integer.parseInt(port))
                : new InetSocketAddress(
                        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host,
                        Integer.parseInt(port));
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("The host of '" + text + "' is not known.");
        }
        return address;
    }

    /** Texts with their defaults; what is wrong is said with the setting's name. */
    private record Settings(Map<ConfigKey, String> texts) {
        String text(ConfigKey key) {
            return texts.getOrDefault(key, key.initial());
        }

        <T> T value(ConfigKey key, Function<String, T> parser) {
            try {
                return parser.apply(text(key));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(key.key() + ": " + e.getMessage(), e);
            }
        }

        Path path(ConfigKey key, Path initial) {
            String text = text(key);
            return (text.isEmpty() ? initial : value(key, Path::of))
                    .toAbsolutePath()
                    .normalize();
        }

        int number(ConfigKey key, int least, int most, int initial) {
            String text = text(key);
            if (text.isEmpty()) {
                return initial;
            }
            int number = text.length() <= 9 && text.chars().allMatch(Character::isDigit) ? Integer.parseInt(text) : -1;
            if (number < least || number > most) {
                throw new IllegalArgumentException(
                        key.key() + ": Not a number from " + least + " to " + most + ": '" + text + "'.");
            }
            return number;
        }
    }
}
