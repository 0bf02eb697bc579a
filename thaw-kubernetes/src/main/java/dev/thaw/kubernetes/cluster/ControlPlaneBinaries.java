package dev.thaw.kubernetes.cluster;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The programs of a control plane.
 *
 * <p>{@code KUBEBUILDER_ASSETS} names a folder that has them, as every Kubernetes project's tests have it. Otherwise they are
 * built once with Go, from versions and checksums pinned in this package's {@code go.mod} and {@code go.sum}, into
 * {@code ${XDG_CACHE_HOME:-~/.cache}/thaw/kubernetes/<version>}. Building takes minutes the first time.
 *
 * @param folder where the programs are
 */
public record ControlPlaneBinaries(Path folder) {
    static final String KUBERNETES_VERSION = "1.36.1";

    private static final Logger LOG = LoggerFactory.getLogger(ControlPlaneBinaries.class);

    /** Name of the program, and the package that it is built from. */
    private static final Map<String, String> PACKAGES = Map.of(
            "etcd", "go.etcd.io/etcd/server/v3",
            "kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver",
            "kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager",
            "kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler",
            "kubectl", "k8s.io/kubernetes/cmd/kubectl",
            "kwok", "sigs.k8s.io/kwok/cmd/kwok");

    /** Without these the API server says that it is version 0.0.0. */
    private static final String LINKER_FLAGS =
            "-s -w -X k8s.io/component-base/version.gitVersion=v" + KUBERNETES_VERSION
                    + " -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

    public ControlPlaneBinaries {
        requireNonNull(folder, "folder is null");
    }

    /** The program's file. */
    public Path program(String name) {
        return folder.resolve(name);
    }

    /**
     * Finds the programs, or builds them where Go is to be had.
     *
     * @return empty where there are neither programs nor Go
     * @throws ControlPlaneException where the build fails, or a folder was named that lacks one of them
     */
    public static Optional<ControlPlaneBinaries> findOrBuild(Map<String, String> environment) {
        String assets = environment.get("KUBEBUILDER_ASSETS");
        if (assets != null && !assets.isBlank()) {
            return Optional.of(complete(Path.of(assets)));
        }
        Path folder = cacheFolder(environment);
        if (missing(folder).isEmpty()) {
            return Optional.of(new ControlPlaneBinaries(folder));
        }
        return findGo(environment).map(go -> build(go, folder, environment));
    }

    private static ControlPlaneBinaries complete(Path folder) {
        List<String> missing = missing(folder);
        if (!missing.isEmpty()) {
            throw new ControlPlaneException(
                    "KUBEBUILDER_ASSETS is " + folder + ", which lacks " + String.join(", ", missing)
                            + ". Add them, or unset the variable to have all programs built with Go.");
        }
        return new ControlPlaneBinaries(folder);
    }

    private static List<String> missing(Path folder) {
        return PACKAGES.keySet().stream()
                .filter(name -> !Files.isExecutable(folder.resolve(name)))
                .sorted()
                .toList();
    }

    private static Path cacheFolder(Map<String, String> environment) {
        String cache = environment.get("XDG_CACHE_HOME");
        Path base = cache == null || cache.isBlank()
                ? Path.of(environment.getOrDefault("HOME", "/tmp"), ".cache")
                : Path.of(cache);
        return base.resolve("thaw").resolve("kubernetes").resolve(KUBERNETES_VERSION + "-" + pinnedHash());
    }

    /** Changes when any version, checksum or flag does, so that old programs are never taken for new ones. */
    private static String pinnedHash() {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(resource("go.mod"));
            sha256.update(resource("go.sum"));
            sha256.update(LINKER_FLAGS.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha256.digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static byte[] resource(String name) {
        try (InputStream in = ControlPlaneBinaries.class.getResourceAsStream(name)) {
            return requireNonNull(in, () -> name + " is not in the jar").readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Path> findGo(Map<String, String> environment) {
        List<Path> folders = new ArrayList<>();
        for (String folder : environment.getOrDefault("PATH", "").split(":", -1)) {
            if (!folder.isBlank()) {
                folders.add(Path.of(folder));
            }
        }
        folders.add(Path.of("/usr/local/go/bin"));
        folders.add(Path.of("/usr/lib/go/bin"));
        return folders.stream()
                .map(folder -> folder.resolve("go"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static ControlPlaneBinaries build(Path go, Path folder, Map<String, String> environment) {
        try {
            Files.createDirectories(folder);
            // Two test runs may start at once; the second waits and finds the work done.
            try (FileChannel lockFile = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = lockFile.lock()) {
                LOG.debug("holding {}", lock);
                if (!missing(folder).isEmpty()) {
                    LOG.info(
                            "building Kubernetes {} into {}; this takes some minutes, once",
                            KUBERNETES_VERSION,
                            folder);
                    buildLocked(go, folder, environment);
                }
            }
            return new ControlPlaneBinaries(folder);
        } catch (IOException e) {
            throw new ControlPlaneException("cannot build the control plane in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void buildLocked(Path go, Path folder, Map<String, String> environment) throws IOException {
        Path source = folder.resolve("source");
        Files.createDirectories(source);
        Files.write(source.resolve("go.mod"), resource("go.mod"));
        Files.write(source.resolve("go.sum"), resource("go.sum"));
        // What an interrupted build has finished is there already.
        for (String name : missing(folder)) {
            Path part = folder.resolve(name + ".part");
            Path log = folder.resolve(name + ".log");
            ProcessBuilder builder = new ProcessBuilder(
                            go.toString(),
                            "build",
                            "-trimpath",
                            "-buildvcs=false",
                            "-ldflags",
                            LINKER_FLAGS,
                            "-o",
                            part.toString(),
                            requireNonNull(PACKAGES.get(name)))
                    .directory(source.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("CGO_ENABLED", "0");
            builder.environment().putIfAbsent("GOFLAGS", "-p=2");
            builder.environment().putIfAbsent("HOME", environment.getOrDefault("HOME", folder.toString()));
            run(builder, name, log);
            Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static void run(ProcessBuilder builder, String name, Path log) throws IOException {
        Process process = builder.start();
        try {
            if (process.waitFor() != 0) {
                throw new ControlPlaneException("go build of " + name + " failed; its last words: " + lastLines(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlPlaneException("interrupted while building " + name, e);
        } finally {
            process.destroyForcibly();
        }
    }

    static String lastLines(Path log) throws IOException {
        if (!Files.exists(log)) {
            return "(nothing)";
        }
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
    }
}
