package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** A real S3 server on the loopback interface, with one bucket, for as long as a test needs it. */
public final class S3Server implements AutoCloseable {
    public static final String ACCESS_KEY = "thaw-test";
    public static final String SECRET_KEY = "thaw-test-secret";
    public static final String BUCKET = "thaw";

    /** The servers that there are. */
    public enum Kind {
        MINIO("minio", "github.com/minio/minio") {
            @Override
            List<String> command(Path program, String address, Path data) {
                return List.of(program.toString(), "server", "--quiet", "--address", address, data.toString());
            }

            @Override
            Map<String, String> environment() {
                return Map.of(
                        "MINIO_ROOT_USER",
                        ACCESS_KEY,
                        "MINIO_ROOT_PASSWORD",
                        SECRET_KEY,
                        "MINIO_BROWSER",
                        "off",
                        "MINIO_UPDATE",
                        "off");
            }
        },
        VERSITYGW("versitygw", "github.com/versity/versitygw/cmd/versitygw") {
            @Override
            List<String> command(Path program, String address, Path data) {
                return List.of(program.toString(), "--port", address, "posix", data.toString());
            }

            @Override
            Map<String, String> environment() {
                return Map.of("ROOT_ACCESS_KEY", ACCESS_KEY, "ROOT_SECRET_KEY", SECRET_KEY);
            }
        };

        private final String program;
        private final String goPackage;

        Kind(String program, String goPackage) {
            this.program = program;
            this.goPackage = goPackage;
        }

        abstract List<String> command(Path program, String address, Path data);

        abstract Map<String, String> environment();
    }

    private final Process process;
    private final URI endpoint;

    private S3Server(Process process, URI endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** @param directory for its data and its log; must not be in use */
    public static S3Server start(Kind kind, Path directory) throws IOException, InterruptedException {
        Path program = new GoTool("tools/s3").build(kind.program, kind.goPackage);
        int port = freePort();
        String address = "127.0.0.1:" + port;
        Path log = directory.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(
                        kind.command(program, address, Files.createDirectories(directory.resolve("data"))))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(kind.environment());
        builder.environment().put("HOME", directory.toString());
        Process process = builder.start();
        // A test JVM that is killed must not leave its server behind.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        S3Server server = new S3Server(process, URI.create("http://" + address));
        boolean done = false;
        try {
            server.awaitReady(port, log);
            server.makeBucket();
            done = true;
            return server;
        } finally {
            if (!done) {
                server.close();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady(int port, Path log) {
        Awaitility.await("the S3 server listens").atMost(Duration.ofSeconds(60)).until(() -> {
            if (!process.isAlive()) {
                throw new IOException("The S3 server ended: " + Files.readString(log));
            }
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private void makeBucket() {
        // The first requests may find a server that listens and is not ready.
        S3Patience patience = new S3Patience(
                Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(30), 10, Duration.ofMillis(200));
        try (S3Client client = access().connect(patience)) {
            client.createBucket(request -> request.bucket(BUCKET));
        }
    }

    public URI endpoint() {
        return endpoint;
    }

    /** What a daemon's environment needs to reach this. */
    public Map<String, String> environment() {
        return Map.of(
                "AWS_ACCESS_KEY_ID",
                ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY",
                SECRET_KEY,
                "AWS_REGION",
                "us-east-1",
                "AWS_ENDPOINT_URL",
                endpoint.toString());
    }

    S3Access access() {
        return access(endpoint);
    }

    /** A store under a prefix of its own, behind {@code endpoint}, whose client gives up within seconds. */
    public static ObjectStore impatientStore(URI endpoint) throws StoreException {
        return S3ObjectStore.open(
                new S3Location(BUCKET, "faults/" + UUID.randomUUID() + "/"),
                access(endpoint),
                new S3Patience(
                        Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(5), 3, Duration.ofMillis(20)));
    }

    /** Access through something in front of a server. */
    static S3Access access(URI endpoint) {
        return new S3Access(
                Optional.of(endpoint),
                Optional.of("us-east-1"),
                StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)));
    }

    /** A store under a prefix that nobody else uses. */
    ObjectStore emptyStore() throws StoreException {
        return S3ObjectStore.open(
                new S3Location(BUCKET, "test/" + UUID.randomUUID() + "/"), access(), S3Patience.standard());
    }

    /** The store under a prefix; opened as often as one likes. */
    public ObjectStore store(String prefix) throws StoreException {
        return S3ObjectStore.open(new S3Location(BUCKET, prefix), access(), S3Patience.standard());
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!requireNonNull(process).waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("Interrupted while the S3 server was stopped", e));
        }
    }
}
