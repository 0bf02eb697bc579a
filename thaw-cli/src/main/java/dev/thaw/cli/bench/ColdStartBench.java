package dev.thaw.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.origin.OriginProxyProcess;
import dev.thaw.cli.bench.origin.ProfileCheck;
import dev.thaw.cli.bench.origin.StoreProfile;
import dev.thaw.sandbox.BareRestore;
import dev.thaw.sandbox.MachineShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cold starts of functions under several configurations, one start of each in turn, so that what else the machine does falls on all alike.
 */
public final class ColdStartBench {
    private static final int RECORDING_ATTEMPTS = 20;
    private static final String LOCAL_WORKER = "worker-0";
    private static final String REMOTE_WORKER = "worker-1";
    private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".getBytes(UTF_8);

    /**
     * What to measure.
     *
     * @param iterations of all configurations but boot
     * @param warmUpRounds of these that go before the measured ones: a daemon's first starts run code that is not compiled yet, and its first
     *     thaws from the store miss what nobody has missed before
     */
    public record Plan(
            List<String> samples,
            List<Configuration> configurations,
            int iterations,
            int bootIterations,
            int warmUpRounds,
            long memoryBytes) {
        public Plan {
            samples = List.copyOf(samples);
            configurations = List.copyOf(configurations);
            if (iterations < 1 || bootIterations < 1) {
                throw new IllegalArgumentException("There must be at least one iteration of each configuration.");
            }
            if (warmUpRounds < 0) {
                throw new IllegalArgumentException("There cannot be " + warmUpRounds + " rounds to warm up.");
            }
        }
    }

    private final Map<Setup, Site> sites;
    private final Store store;
    private final Consumer<String> progress;

    /**
     * Where snapshots are published.
     *
     * @param proxy stands in front of it; empty where it is a folder
     * @param check what a proxy of this kind really does
     */
    public record Store(StoreProfile profile, Optional<OriginProxyProcess> proxy, Optional<ProfileCheck> check) {
        public Store {
            requireNonNull(profile, "profile is null");
            requireNonNull(proxy, "proxy is null");
            requireNonNull(check, "check is null");
        }
    }

    /**
     * A daemon of one setup.
     *
     * @param dataDirectory the daemon's, where the floor finds the snapshot's files
     */
    public record Site(BenchServer server, Path dataDirectory) {
        public Site {
            requireNonNull(server, "server is null");
            requireNonNull(dataDirectory, "dataDirectory is null");
        }
    }

    /** @param sites a daemon for each setup that the plan needs, for each of these that publishes for it, and one that is plain */
    public ColdStartBench(Map<Setup, Site> sites, Store store, Consumer<String> progress) {
        this.store = requireNonNull(store, "store is null");
        this.sites = new EnumMap<>(sites);
        this.progress = requireNonNull(progress, "progress is null");
    }

    public Report run(Plan plan, Report.Host host) throws IOException {
        List<Report.FunctionReport> functions = new ArrayList<>();
        for (String sample : plan.samples()) {
            functions.add(measure(sample, plan));
        }
        return new Report(host, store.profile().label(), store.check().orElse(null), plan.warmUpRounds(), functions);
    }

    private Report.FunctionReport measure(String sample, Plan plan) throws IOException {
        String image = "sample:" + sample;
        progress.accept(sample + ": deploying and taking the snapshot");
        String booted = sample + "-boot";
        server(Setup.PLAIN).deploy(booted, image, plan.memoryBytes(), false);
        List<BenchServer.Part> parts = List.of();
        String revision = "";
        for (Setup setup : sites.keySet()) {
            BenchServer server = server(setup);
            revision = server.deploy(sample, image, plan.memoryBytes(), true);
            if (setup.publishes()) {
                server.invoke(sample, LOCAL_WORKER);
                List<BenchServer.Part> published = server.awaitSnapshot(revision, LOCAL_WORKER);
                server.retireAll(sample);
                haveRecorded(server, sample);
                parts = setup == Setup.PLAIN ? published : parts;
            }
        }
        Subject subject = new Subject(sample, booted, revision, plan.memoryBytes(), snapshotFiles(parts));

        Map<Configuration, MeasuredStarts> series = new EnumMap<>(Configuration.class);
        plan.configurations().forEach(configuration -> series.put(configuration, new MeasuredStarts()));
        int rounds = Math.max(plan.iterations(), plan.bootIterations());
        for (int round = -plan.warmUpRounds(); round < rounds; round++) {
            progress.accept(sample + (round < 0 ? ": warming up" : ": round " + (round + 1) + " of " + rounds));
            for (Configuration configuration : plan.configurations()) {
                int wanted = configuration == Configuration.BOOT ? plan.bootIterations() : plan.iterations();
                if (round < wanted && (round >= 0 || configuration != Configuration.BOOT)) {
                    @Nullable Measured start = start(configuration, subject);
                    if (round >= 0) {
                        requireNonNull(series.get(configuration)).add(start);
                    }
                }
            }
        }
        retire(subject);
        List<Report.ConfigurationReport> reports = new ArrayList<>();
        series.forEach((configuration, measured) -> reports.add(measured.report(configuration.label())));
        return new Report.FunctionReport(
                sample,
                image,
                plan.memoryBytes(),
                parts.stream().mapToLong(BenchServer.Part::logicalBytes).sum(),
                parts.stream().mapToLong(BenchServer.Part::storedBytes).sum(),
                reports);
    }

    /** The first thaw for an invocation is recorded once a clone has been, and what it touches is hot from then on. */
    private static void haveRecorded(BenchServer server, String sample) throws IOException {
        for (int attempt = 0; attempt < RECORDING_ATTEMPTS; attempt++) {
            BenchServer.Answer answer = server.invoke(sample, LOCAL_WORKER);
            boolean recorded = server.behind(sample, answer.instance()).isPresent();
            server.retireAll(sample);
            if (recorded) {
                return;
            }
        }
        throw new IOException("What " + sample + " touches is not recorded.");
    }

    /** A function with and without snapshots, and where its snapshot lies on the first worker. */
    private record Subject(String function, String booted, String revision, long memoryBytes, SnapshotFiles files) {}

    private SnapshotFiles snapshotFiles(List<BenchServer.Part> parts) throws IOException {
        return SnapshotFiles.find(
                site(Setup.PLAIN).dataDirectory().resolve("workers").resolve(LOCAL_WORKER), parts);
    }

    /** One cold start; null when it failed or was not of the kind that was to be measured. */
    private @Nullable Measured start(Configuration configuration, Subject subject) throws IOException {
        retire(subject);
        BenchServer server = server(configuration.setup());
        String worker = switch (configuration) {
            case REMOTE, REMOTE_CACHED, REMOTE_WHOLE, REMOTE_PREPARED, REMOTE_KNOWN -> REMOTE_WORKER;
            default -> LOCAL_WORKER;
        };
        if (configuration.setup().prepares()) {
            server.awaitPrepared(worker);
        }
        @Nullable
        Measured measured = switch (configuration) {
            case BOOT -> through(server, subject.booted(), worker, "boot");
            case FLOOR -> floor(subject);
            case LOCAL, PREPARED -> through(server, subject.function(), worker, "thaw-local");
            case LOCAL_COLD -> {
                subject.files().dropFromPageCache();
                yield through(server, subject.function(), worker, "thaw-local");
            }
            case RECORDED -> behind(server, subject.function(), worker, "thaw-local");
            case REMOTE_CACHED -> {
                server.invoke(subject.function(), worker);
                server.retireAll(subject.function());
                yield through(server, subject.function(), worker, "thaw-local");
            }
            case REMOTE, REMOTE_WHOLE, REMOTE_PREPARED, REMOTE_KNOWN ->
                remote(server, subject, configuration.setup() != Setup.WHOLE);
        };
        if (configuration.setup().prepares()) {
            // The next start is not to run beside the one that replaces the VMM.
            server.awaitPrepared(worker);
        }
        return measured;
    }

    private Site site(Setup setup) {
        return requireNonNull(sites.get(setup), "there is no daemon for this setup");
    }

    private BenchServer server(Setup setup) {
        return site(setup).server();
    }

    private void retire(Subject subject) {
        for (Site site : sites.values()) {
            site.server().retireAll(subject.function());
        }
        server(Setup.PLAIN).retireAll(subject.booted());
    }

    private @Nullable Measured behind(BenchServer server, String function, String worker, String kind) {
        BenchServer.Answer answer = server.invoke(function, worker);
        return with(server, function, answer, check(function, answer, kind));
    }

    private @Nullable Measured with(
            BenchServer server, String function, BenchServer.Answer answer, @Nullable Measured start) {
        if (start == null) {
            return null;
        }
        Optional<Behind> behind = server.behind(function, answer.instance());
        if (behind.isEmpty()) {
            progress.accept(function + ": nobody tells what came behind " + answer.instance());
            return null;
        }
        return start.with(behind.get());
    }

    private @Nullable Measured through(BenchServer server, String function, String worker, String kind) {
        return check(function, server.invoke(function, worker), kind);
    }

    private @Nullable Measured check(String function, BenchServer.Answer answer, String kind) {
        if (answer.status() != 200 || !answer.start().equals(kind)) {
            progress.accept(function + ": status " + answer.status() + " after a " + answer.start() + " where a " + kind
                    + " was to be measured");
            return null;
        }
        return answer.measured();
    }

    /** No byte of it is on the worker, before and after: what follows the answer would disturb the next start. */
    private @Nullable Measured remote(BenchServer server, Subject subject, boolean lazy) throws IOException {
        server.dropCached(subject.revision(), REMOTE_WORKER);
        Optional<OriginProxyProcess> proxy = store.proxy();
        if (proxy.isPresent()) {
            proxy.get().mark();
        }
        BenchServer.Answer answer = server.invoke(subject.function(), REMOTE_WORKER);
        int roundTrips = proxy.isPresent() ? proxy.get().counts().roundTrips() : 0;
        @Nullable Measured start = check(subject.function(), answer, "thaw-remote");
        if (lazy) {
            start = with(server, subject.function(), answer, start);
        }
        server.retireAll(subject.function());
        server.dropCached(subject.revision(), REMOTE_WORKER);
        return start == null || proxy.isEmpty()
                ? start
                : start.with(
                        new Measured.Origin(roundTrips, proxy.get().counts().readBytes()));
    }

    private @Nullable Measured floor(Subject subject) throws IOException {
        long begin = System.nanoTime();
        BareRestore.Result result = new BareRestore(site(Setup.PLAIN).dataDirectory())
                .run(
                        new MachineShape(subject.memoryBytes(), 1),
                        subject.files().memory(),
                        subject.files().state(),
                        subject.files().rootfs(),
                        REQUEST);
        return new Measured(
                begin,
                result.firstResponseMillis(),
                result.initializationMillis(),
                Map.of(),
                0,
                Optional.empty(),
                Optional.empty());
    }
}
