package dev.thaw.kubernetes.cluster;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok on loopback. Ready in seconds, some 300 MB.
 *
 * <p>Everything that is started is recorded under the folder and ended by {@link #close}, by {@link #down} of another run, or
 * by the watchdog. A start that fails ends what it started.
 */
public final class ControlPlane implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private static final String DEFAULT_SCHEDULER =
            "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nleaderElection:\n  leaderElect: false\n";

    private final ControlPlaneBinaries binaries;
    private final ClusterOptions options;
    private final ClusterCredentials credentials;
    private final List<Integer> ports;
    private @Nullable Process watchdog;

    private ControlPlane(ControlPlaneBinaries binaries, ClusterOptions options) throws IOException {
        this.binaries = binaries;
        this.options = options;
        this.ports = LoopbackPorts.free(5);
        this.credentials = ClusterCredentials.create(options.folder(), apiServer());
    }

    /**
     * Starts a cluster and waits until its parts serve.
     *
     * @throws ControlPlaneException where one is up in this folder already, or a part does not come up; nothing is left then
     */
    public static ControlPlane start(ControlPlaneBinaries binaries, ClusterOptions options) {
        requireNonNull(binaries, "binaries is null");
        requireNonNull(options, "options is null");
        try {
            if (!running(options.folder()).isEmpty()) {
                throw new ControlPlaneException("a cluster runs in " + options.folder() + " already: "
                        + String.join(", ", running(options.folder())) + ". End it first.");
            }
            down(options.folder());
            Files.createDirectories(options.folder());
            ControlPlane plane = new ControlPlane(binaries, options);
            try {
                plane.startAll();
                return plane;
            } catch (IOException | RuntimeException e) {
                plane.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ControlPlaneException("cannot start a cluster in " + options.folder() + ": " + e.getMessage(), e);
        }
    }

    /** Names of the cluster's processes that run. */
    public static List<String> running(Path folder) throws IOException {
        return StartedProcess.recorded(folder).stream()
                .filter(StartedProcess::running)
                .map(StartedProcess::name)
                .toList();
    }

    /** Ends what was started in the folder, last first, and removes the folder's contents that are ours. */
    public static void down(Path folder) throws IOException {
        List<StartedProcess> processes = new ArrayList<>(StartedProcess.recorded(folder));
        // Started order is etcd, API server, the rest: names of files are numbered.
        Collections.reverse(processes);
        for (StartedProcess process : processes) {
            process.end();
        }
        for (String ours : List.of("etcd", "certificates", "pids", "logs")) {
            deleteTree(folder.resolve(ours));
        }
        for (String ours : ClusterCredentials.FILES) {
            Files.deleteIfExists(folder.resolve(ours));
        }
        Files.deleteIfExists(folder.resolve("scheduler.yaml"));
        Files.deleteIfExists(folder.resolve("kwok.yaml"));
    }

    /** The administrator's kubeconfig file. */
    public Path kubeconfig() {
        return credentials.kubeconfig("admin");
    }

    /** The administrator's kubeconfig file of a cluster that runs in the folder. */
    public static Path kubeconfig(Path folder) {
        return folder.resolve("admin.kubeconfig");
    }

    public ControlPlaneBinaries binaries() {
        return binaries;
    }

    /** Address of the API server. */
    public String apiServer() {
        return "https://127.0.0.1:" + ports.get(2);
    }

    /** Stops the API server where it is and lets it go on: an outage that keeps all connections. */
    public void pauseApiServer(boolean paused) throws IOException {
        StartedProcess apiServer = process("2-kube-apiserver");
        runToEnd(List.of("kill", paused ? "-STOP" : "-CONT", Long.toString(apiServer.pid())));
    }

    /** Ends the API server and starts it anew on the same port and data. */
    public void restartApiServer() throws IOException {
        process("2-kube-apiserver").end();
        startApiServer();
    }

    /** Ends the scheduler and starts it with another configuration. */
    public void restartScheduler(String configuration) throws IOException {
        process("4-kube-scheduler").end();
        startScheduler(configuration);
    }

    @Override
    public void close() {
        try {
            down(options.folder());
            if (watchdog != null) {
                watchdog.getOutputStream().close();
            }
        } catch (IOException e) {
            throw new ControlPlaneException("cannot end the cluster in " + options.folder() + ": " + e.getMessage(), e);
        }
    }

    private void startAll() throws IOException {
        if (options.endWithParent()) {
            watchdog = Watchdog.start(options.folder());
        }
        String client = "http://127.0.0.1:" + ports.get(0);
        String peer = "http://127.0.0.1:" + ports.get(1);
        launch(
                "1-etcd",
                ports.get(0),
                List.of(
                        binaries.program("etcd").toString(),
                        "--data-dir=" + options.folder().resolve("etcd"),
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=default=" + peer,
                        // The data lives as long as the processes: nothing is gained by waiting for a disk.
                        "--unsafe-no-fsync",
                        "--log-level=error"));
        startApiServer();
        launch(
                "3-kube-controller-manager",
                ports.get(3),
                List.of(
                        binaries.program("kube-controller-manager").toString(),
                        "--kubeconfig=" + credentials.kubeconfig("kube-controller-manager"),
                        "--leader-elect=false",
                        // Each controller has a role of its own; the manager's alone may do next to nothing.
                        "--use-service-account-credentials=true",
                        // kwok's nodes never fail; a busy machine must not make it look as if they did.
                        "--node-monitor-grace-period=1h",
                        "--bind-address=127.0.0.1",
                        "--secure-port=" + ports.get(3),
                        "--cert-dir=" + options.folder().resolve("certificates").resolve("controller-manager"),
                        "--service-account-private-key-file=" + credentials.serviceAccountKey(),
                        "--kube-api-qps=200",
                        "--kube-api-burst=400"));
        startScheduler(options.schedulerConfiguration().orElse(DEFAULT_SCHEDULER));
        Path kwok = options.folder().resolve("kwok.yaml");
        Files.write(kwok, ControlPlaneBinaries.resource("kwok.yaml"));
        launch(
                "5-kwok",
                0,
                List.of(
                        binaries.program("kwok").toString(),
                        "--kubeconfig=" + credentials.kubeconfig("admin"),
                        "--config=" + kwok,
                        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
                        "--node-lease-duration-seconds=200"));
    }

    private void startApiServer() throws IOException {
        launch(
                "2-kube-apiserver",
                ports.get(2),
                List.of(
                        binaries.program("kube-apiserver").toString(),
                        "--etcd-servers=http://127.0.0.1:" + ports.get(0),
                        "--secure-port=" + ports.get(2),
                        "--bind-address=127.0.0.1",
                        "--advertise-address=127.0.0.1",
                        "--endpoint-reconciler-type=none",
                        "--cert-dir=" + credentials.certificates(),
                        "--service-account-key-file=" + credentials.serviceAccountKey(),
                        "--service-account-signing-key-file=" + credentials.serviceAccountKey(),
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-cluster-ip-range=10.96.0.0/16",
                        "--token-auth-file=" + credentials.tokens(),
                        "--authorization-mode=Node,RBAC",
                        "--disable-admission-plugins=ServiceAccount",
                        "--allow-privileged=true",
                        // One machine stands for a cluster: fairness queues would measure themselves.
                        "--max-requests-inflight=2000",
                        "--max-mutating-requests-inflight=1000"));
        credentials.writeKubeconfigs();
        await("kube-apiserver", credentials::apiServerReady, "2-kube-apiserver");
    }

    private void startScheduler(String configuration) throws IOException {
        Path file = options.folder().resolve("scheduler.yaml");
        Files.writeString(
                file,
                configuration + "\nclientConnection:\n  kubeconfig: " + credentials.kubeconfig("kube-scheduler")
                        + "\n  qps: 500\n  burst: 1000\n",
                StandardCharsets.UTF_8);
        launch(
                "4-kube-scheduler",
                ports.get(4),
                List.of(
                        binaries.program("kube-scheduler").toString(),
                        "--config=" + file,
                        "--bind-address=127.0.0.1",
                        "--secure-port=" + ports.get(4),
                        "--cert-dir=" + options.folder().resolve("certificates").resolve("scheduler")));
    }

    private void launch(String name, int port, List<String> command) throws IOException {
        Process process = StartedProcess.start(name, options.folder(), command);
        await(name, () -> port == 0 ? recorded(name) : LoopbackPorts.listening(port), name);
        if (!process.isAlive()) {
            throw failed(name, "ended at once");
        }
    }

    private boolean recorded(String name) {
        try {
            return StartedProcess.recorded(options.folder()).stream()
                    .anyMatch(p -> p.name().equals(name));
        } catch (IOException e) {
            throw new ControlPlaneException("cannot read the records in " + options.folder(), e);
        }
    }

    private StartedProcess process(String name) throws IOException {
        return StartedProcess.recorded(options.folder()).stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ControlPlaneException(name + " does not run"));
    }

    /** Polls, for there is nothing to be told by; ends early when the process has ended. */
    private void await(String what, BooleanSupplier ready, String processName) throws IOException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!ready.getAsBoolean()) {
            boolean dead = recorded(processName) && !process(processName).running();
            if (dead || System.nanoTime() > deadline) {
                throw failed(
                        processName,
                        what + (dead ? " ended" : " is not ready after " + START_LIMIT.toSeconds() + " s"));
            }
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ControlPlaneException("interrupted while waiting for " + what, e);
            }
        }
    }

    private ControlPlaneException failed(String name, String what) throws IOException {
        Path log = options.folder().resolve("logs").resolve(name + ".log");
        return new ControlPlaneException(what + "; the end of its log: " + ControlPlaneBinaries.lastLines(log));
    }

    private static void runToEnd(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            if (process.waitFor() != 0) {
                throw new ControlPlaneException(String.join(" ", command) + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlPlaneException("interrupted", e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
