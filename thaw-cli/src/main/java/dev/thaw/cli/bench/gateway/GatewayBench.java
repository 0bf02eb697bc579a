package dev.thaw.cli.bench.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.Distribution;
import dev.thaw.gateway.Daemon;
import dev.thaw.gateway.DaemonConfig;
import dev.thaw.gateway.function.ResolvedImage;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Asks one server that does nothing directly, through Thaw's gateway and through queue-proxy, in turns. */
public final class GatewayBench {
    private final Path folder;
    private final Consumer<String> progress;

    /**
     * @param rounds of each case; figures are medians over them
     * @param connections of the cases with many
     */
    public record Plan(int rounds, Duration time, int connections, Optional<Path> queueProxy) {
        public Plan {
            requireNonNull(time, "time is null");
            requireNonNull(queueProxy, "queueProxy is null");
            if (rounds < 1 || connections < 1 || time.toSeconds() < 1) {
                throw new IllegalArgumentException(
                        "A measurement takes at least one round of a second with one connection.");
            }
        }
    }

    /**
     * One way to the server.
     *
     * @param cpuMicros of the way's own process, a request
     */
    public record Case(
            String way,
            int connections,
            double requestsPerSecond,
            double p50Ms,
            double p99Ms,
            double cpuMicros,
            boolean errors) {}

    private record Way(String name, InetSocketAddress address, String path, long pid) {}

    /** @param folder for the servers' files; the caller removes it */
    public GatewayBench(Path folder, Consumer<String> progress) {
        this.folder = requireNonNull(folder, "folder is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    public List<Case> run(Plan plan) throws IOException {
        try (ChildProcess stub = StubServer.start(folder);
                Daemon daemon = open(UnixDomainSocketAddress.of(StubServer.socket(folder)))) {
            deploy(daemon);
            List<Way> ways = new ArrayList<>();
            ways.add(new Way("direct", stub.address(), "/", stub.pid()));
            URI thaw = daemon.address();
            ways.add(new Way(
                    "thaw",
                    new InetSocketAddress(thaw.getHost(), thaw.getPort()),
                    "/function/stub/",
                    ProcessHandle.current().pid()));
            if (plan.queueProxy().isEmpty()) {
                return measure(plan, ways);
            }
            try (ChildProcess proxy =
                    QueueProxy.start(plan.queueProxy().get(), stub.address().getPort(), folder)) {
                ways.add(new Way("queue-proxy", proxy.address(), "/", proxy.pid()));
                return measure(plan, ways);
            }
        }
    }

    private Daemon open(UnixDomainSocketAddress stub) throws IOException {
        Path rootfs = folder.resolve("rootfs.erofs");
        Files.write(rootfs, new byte[4_096]);
        ResolvedImage image = new ResolvedImage(
                Digest.of(new byte[0]),
                rootfs,
                Digest.of(Files.readAllBytes(rootfs)),
                Files.size(rootfs),
                List.of("stub"),
                List.of(),
                List.of(),
                "",
                "/",
                "");
        DaemonConfig config = DaemonConfig.parse(Map.of(
                "data",
                folder.resolve("data").toString(),
                "run",
                folder.resolve("run").toString(),
                "listen",
                "127.0.0.1:0",
                "mode",
                "disabled"));
        return Daemon.open(
                config,
                new Daemon.Parts(() -> new StubSandboxes(stub), resources -> (reference, words) -> image),
                Clock.systemUTC());
    }

    private static void deploy(Daemon daemon) throws IOException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(daemon.address().resolve("/api/v1/functions"))
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"name\": \"stub\", \"image\": \"stub\", \"concurrency\": 200}"))
                    .build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 201) {
                throw new IOException("The stub cannot be deployed: " + response.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the stub was deployed", e);
        }
    }

    private List<Case> measure(Plan plan, List<Way> ways) throws IOException {
        for (Way way : ways) {
            progress.accept("Warming up: " + way.name());
            Wrk.run(way.address(), way.path(), plan.connections(), plan.time());
        }
        Map<String, List<Case>> all = new LinkedHashMap<>();
        for (int round = 1; round <= plan.rounds(); round++) {
            for (int connections : List.of(1, plan.connections())) {
                for (Way way : ways) {
                    progress.accept("Round " + round + " of " + plan.rounds() + ": " + way.name() + ", " + connections
                            + " connections");
                    all.computeIfAbsent(way.name() + "/" + connections, key -> new ArrayList<>())
                            .add(once(way, connections, plan.time()));
                }
            }
        }
        return all.values().stream().map(GatewayBench::median).toList();
    }

    private static Case once(Way way, int connections, Duration time) throws IOException {
        double before = cpuSeconds(way.pid());
        Wrk.Result result = Wrk.run(way.address(), way.path(), connections, time);
        double used = cpuSeconds(way.pid()) - before;
        return new Case(
                way.name(),
                connections,
                result.perSecond(),
                result.p50Millis(),
                result.p99Millis(),
                used / Math.max(1, result.requests()) * 1e6,
                result.errors());
    }

    /** Of the process and those that it started. */
    private static double cpuSeconds(long pid) {
        ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
        return Stream.concat(
                        Stream.of(handle), pid == ProcessHandle.current().pid() ? Stream.of() : handle.descendants())
                .mapToDouble(process ->
                        process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9)
                .sum();
    }

    private static Case median(List<Case> rounds) {
        Case first = rounds.getFirst();
        return new Case(
                first.way(),
                first.connections(),
                Distribution.median(rounds.stream().mapToDouble(Case::requestsPerSecond)),
                Distribution.median(rounds.stream().mapToDouble(Case::p50Ms)),
                Distribution.median(rounds.stream().mapToDouble(Case::p99Ms)),
                Distribution.median(rounds.stream().mapToDouble(Case::cpuMicros)),
                rounds.stream().anyMatch(Case::errors));
    }
}
