package dev.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.cli.bench.origin.ObjectServer;
import dev.thaw.cli.bench.origin.OriginProxyProcess;
import dev.thaw.cli.bench.origin.StoreProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A daemon with two workers on a real S3 server, behind a proxy that does faults; and what is left of them. */
final class SoakDaemon implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String[] POLICIES = {"all", "all", "working-set", "none"};

    private final Path directory;
    private final Path run;
    private final List<String> links = links();
    private final ObjectServer server;
    private final OriginProxyProcess proxy;
    private CompletableFuture<Void> back = CompletableFuture.completedFuture(null);
    private @Nullable ChildDaemon daemon;
    private Client client;

    SoakDaemon(Path directory, Random random) throws Exception {
        this.directory = directory;
        System.setProperty("thaw.home", Path.of("..").toRealPath().toString());
        Files.createDirectory(directory.resolve("data"));
        run = Files.createTempDirectory(Path.of("/tmp"), "thaw");
        server = ObjectServer.start(Path.of("..").toRealPath(), Files.createDirectory(directory.resolve("s3")));
        proxy = OriginProxyProcess.start(StoreProfile.ZONAL, server.port());
        client = start(random);
    }

    /** Starts a daemon on what the one before has left, with settings of chance. */
    Client start(Random random) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "workers", "2",
                "mode", "remote",
                "idle", "10m",
                "memory", "2GiB",
                "store", ObjectServer.STORE,
                "miss-patience", "3s",
                "run", run.toString()));
        settings.put("prefetch", POLICIES[random.nextInt(POLICIES.length)]);
        settings.put("prepared", Integer.toString(2 * random.nextInt(2)));
        daemon = ChildDaemon.start(directory.resolve("data"), settings, ObjectServer.environment(proxy.endpoint()));
        client = new Client(daemon.address());
        return client;
    }

    Client client() {
        return client;
    }

    OriginProxyProcess proxy() {
        return proxy;
    }

    void kill() {
        ChildDaemon running = daemon;
        daemon = null;
        if (running != null) {
            running.kill();
        }
    }

    /** The store that is dead lives again after so long. */
    void bringBack(Duration after) {
        back = CompletableFuture.runAsync(
                () -> {
                    try {
                        proxy.comeBack();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                CompletableFuture.delayedExecutor(after.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Waits for a dead store's return, and takes back faults that have not been done. */
    void heal() throws IOException {
        back.join();
        proxy.clearFaults();
    }

    void retireAll(String function) {
        await("the end of all instances of " + function).atMost(PATIENCE).until(() -> {
            client.call("POST", "/api/v1/functions/" + function + "/retire?all=true");
            return client.call("GET", "/api/v1/instances?function=" + function)
                    .path("instances")
                    .isEmpty();
        });
    }

    /** The function's snapshots that a worker could thaw without asking the store. */
    private List<JsonNode> cached(String function, String worker) {
        return client.call("GET", "/api/v1/workers/" + worker + "/cache")
                .path("snapshots")
                .valueStream()
                .filter(snapshot -> snapshot.path("revision").stringValue().startsWith(function + "-"))
                .toList();
    }

    void dropCached(String function, String worker) {
        await("the last hold on snapshots of " + function)
                .atMost(PATIENCE)
                .until(() -> cached(function, worker).stream()
                        .allMatch(snapshot -> snapshot.path("leases").intValue() == 0));
        for (JsonNode snapshot : cached(function, worker)) {
            client.call(
                    "POST",
                    "/api/v1/workers/" + worker + "/cache/drop?snapshot="
                            + snapshot.path("snapshot").stringValue());
        }
    }

    /** Deletes the function's snapshots everywhere. */
    void forget(String function) {
        for (JsonNode snapshot : snapshots(function)) {
            client.call(
                    "DELETE", "/api/v1/snapshots/" + snapshot.path("snapshot").stringValue());
        }
    }

    private List<JsonNode> snapshots(String function) {
        return client.call("GET", "/api/v1/snapshots")
                .path("snapshots")
                .valueStream()
                .filter(snapshot -> snapshot.path("revision").stringValue().startsWith(function + "-"))
                .toList();
    }

    /** Waits until the worker has frozen the function; returns whether that is the snapshot that others see, and not one that was published before it. */
    boolean awaitFrozen(String function, String worker) {
        return await("a snapshot of " + function)
                .atMost(PATIENCE)
                .until(() -> frozen(function, worker), Optional::isPresent)
                .orElseThrow();
    }

    private Optional<Boolean> frozen(String function, String worker) {
        List<JsonNode> known = snapshots(function);
        boolean published =
                known.stream().anyMatch(snapshot -> snapshot.path("published").booleanValue());
        Optional<JsonNode> here = known.stream()
                .filter(snapshot -> snapshot.path("workers")
                        .valueStream()
                        .anyMatch(name -> name.stringValue().equals(worker)))
                .findFirst();
        return published ? here.map(snapshot -> snapshot.path("published").booleanValue()) : Optional.empty();
    }

    /** Of the daemon that runs. */
    String metrics() throws IOException {
        ChildDaemon running = daemon;
        if (running == null) {
            throw new IOException("there is no daemon");
        }
        try (var answer = running.address().resolve("/metrics").toURL().openStream()) {
            return new String(answer.readAllBytes(), UTF_8);
        }
    }

    /** What a daemon that has nothing to do still holds of snapshots. */
    void assertNothingHeld(List<String> functions) {
        for (String function : functions) {
            retireAll(function);
            dropCached(function, "worker-0");
            dropCached(function, "worker-1");
        }
        await("that nothing of any snapshot is held").atMost(PATIENCE).untilAsserted(() -> {
            for (String worker : List.of("worker-0", "worker-1")) {
                for (String mount : List.of("memory", "disk", "recording")) {
                    assertThat(files(lazyRun().resolve(worker).resolve(mount).resolve("nodes")))
                            .isEmpty();
                }
            }
            assertThat(metrics().lines().filter(line -> line.startsWith("thaw_frames_pinned_bytes{")))
                    .isNotEmpty()
                    .allMatch(line -> line.endsWith(" 0.0"));
        });
    }

    private Path lazyRun() {
        return run.resolveSibling(run.getFileName() + ".lazy");
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> links() {
        try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
            return links.map(link -> link.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The end of what the daemons have logged. */
    String log() throws IOException {
        String text = Files.readString(directory.resolve("data/daemon.log"));
        return text.substring(Math.max(0, text.length() - 30_000));
    }

    /** What the daemon's threads do, virtual ones too. */
    String threads() throws IOException, InterruptedException {
        Path dump = directory.resolve("threads.txt");
        Optional<ProcessHandle> process = ProcessHandle.current()
                .children()
                .filter(child -> child.info().arguments().stream()
                        .flatMap(Arrays::stream)
                        .anyMatch("serve"::equals))
                .findFirst();
        if (process.isEmpty()) {
            return "there is no daemon";
        }
        int code = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/jcmd",
                        Long.toString(process.get().pid()),
                        "Thread.dump_to_file",
                        "-overwrite",
                        dump.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("jcmd.log").toFile())
                .start()
                .waitFor();
        return code == 0 ? Files.readString(dump) : "jcmd ended with " + code;
    }

    /** Ends the daemon, the proxy and the server; nothing of them may be left. */
    @Override
    public void close() throws IOException {
        back.join();
        ChildDaemon running = daemon;
        if (running != null) {
            running.close();
        }
        proxy.close();
        server.close();
        await("that nothing is left").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(run).doesNotExist();
            assertThat(lazyRun()).doesNotExist();
            assertThat(directory.resolve("data")).doesNotExist();
            assertThat(Files.readAllLines(Path.of("/proc/self/mounts")))
                    .noneMatch(line -> line.contains(run.toString()));
            assertThat(links()).isEqualTo(links);
            assertThat(processes()).isEmpty();
        });
    }

    /** Those whose command line names our folders. */
    private List<String> processes() throws IOException {
        List<String> found = new ArrayList<>();
        String own = Long.toString(ProcessHandle.current().pid());
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : entries.filter(
                            path -> path.getFileName().toString().matches("\\d+"))
                    .toList()) {
                try {
                    String line = Files.readString(entry.resolve("cmdline"), UTF_8);
                    boolean ours = line.contains(directory.toString()) || line.contains(run.toString());
                    if (ours && !entry.getFileName().toString().equals(own)) {
                        found.add(line.replace('\0', ' '));
                    }
                } catch (IOException e) {
                    // It ended while we looked.
                }
            }
        }
        return found;
    }
}
