package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The daemon's settings: each is a flag of {@code thaw serve}, a key of the configuration file and an environment variable. */
public enum ConfigKey {
    DATA("DIR", "", "Where everything of the daemon lives. Default: /var/lib/thaw for root, else ~/.local/share/thaw."),
    LISTEN("ADDRESS:PORT", "127.0.0.1:8080", "Where HTTP is served; port 0 takes a free one."),
    WORKERS("N", "1", "Workers in this process, each with a cache of its own."),
    MODE(
            "MODE",
            "remote",
            "disabled (every start is a boot), local (snapshots stay on their worker) or remote (they are published)."),
    STORE("URL", "", "Where snapshots are published: file:DIR or s3://BUCKET/PREFIX. Default: file:DATA/store."),
    KEYS(
            "FILE",
            "",
            "The keys that wrap the store's data keys; all who share a store need them. Default: DATA/keys, made where it is missing. THAW_WRAPPING_KEYS may hold the keys themselves instead."),
    CACHE_SIZE(
            "SIZE",
            "10GiB",
            "What each worker keeps of snapshots; 0 keeps nothing beyond the last instance that uses it."),
    EVICTION(
            "POLICY",
            "lru",
            "Which frames leave a full cache: lru (least recently used) or gdsf (by uses, cost and size)."),
    RECORD(
            "POLICY",
            "invocation",
            "How it is found out what thaws touch first: none, clone (right after a publication, and by what thaws miss), invocation (also the first thaw where the function was frozen, and one of 64 there after it) or always."),
    PREFETCH(
            "POLICY",
            "all",
            "What of a stored snapshot is fetched before it is asked for: none, working-set, all (the working set first, the rest behind the running guest) or whole (all of it before the guest runs)."),
    PREFETCH_RATE("SIZE", "50MiB", "What is fetched behind running guests, a second and worker."),
    POINTER_REFRESH(
            "DURATION",
            "30s",
            "How often the store is asked where the snapshots of the functions in service are, so that a thaw need not ask; 0s: at each thaw."),
    MISS_PATIENCE(
            "DURATION",
            "30s",
            "How long a block of a running instance is asked the store for before whoever reads it gets an I/O error, which ends the instance."),
    MEMORY(
            "SIZE",
            "",
            "For all instances of one worker. Default: three quarters of the machine's, shared by its workers."),
    IDLE("DURATION", "60s", "How long an instance without an invocation is kept, unless its function says otherwise."),
    PARALLEL_STARTS("N", "", "Boots and thaws at once on one worker. Default: one per core."),
    PREPARED(
            "N",
            "1",
            "VMMs that stand by on each worker for each size of its functions, at most four sizes; 0: each thaw starts its own."),
    QUEUE("N", "1000", "Invocations that may wait for one revision; more are refused with 429."),
    READY_TIMEOUT("DURATION", "60s", "From a guest's boot until its function accepts connections."),
    MAX_BODY("SIZE", "16GiB", "The largest body of a request."),
    MAX_CONNECTIONS("N", "4096", "Connections of clients at once."),
    LOG_SIZE("SIZE", "1MiB", "What is kept of each function's output."),
    EGRESS_DNS(
            "ADDRESS,…",
            "",
            "Name servers of functions with --egress internet. Default: the host's, where they are not on its loopback."),
    EGRESS_DENY("NETWORK,…", "", "Public IPv4 networks that functions with --egress internet must not reach."),
    RUN("DIR", "", "For sockets; its path must be short. Default: /run/thaw/HASH for root, else in XDG_RUNTIME_DIR."),
    SOFTWARE("DIR", "", "Kernels and initramfs archives, shared between daemons. Default: ~/.cache/thaw."),
    SAMPLES("DIR", "", "The folder of the sample functions. Default: the one beside the program.");

    private final String form;
    private final String initial;
    private final String help;

    ConfigKey(String form, String initial, String help) {
        this.form = requireNonNull(form, "form is null");
        this.initial = requireNonNull(initial, "initial is null");
        this.help = requireNonNull(help, "help is null");
    }

    /** As a flag without its hyphens, and as a key: {@code cache-size}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@code THAW_CACHE_SIZE}. */
    public String variable() {
        return "THAW_" + name();
    }

    /** What kind of value, for help. */
    public String form() {
        return form;
    }

    /** The default as text; empty when it depends on the machine or on other settings. */
    public String initial() {
        return initial;
    }

    public String help() {
        return help;
    }

    public static List<String> keys() {
        return Stream.of(values()).map(ConfigKey::key).toList();
    }
}
