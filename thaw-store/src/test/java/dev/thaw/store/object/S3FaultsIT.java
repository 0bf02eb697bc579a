package dev.thaw.store.object;

import static dev.thaw.store.object.ObjectStoreContract.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.store.object.FaultyProxy.Fault;
import dev.thaw.store.object.StoreException.Code;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** A store that refuses, breaks off, falls silent, forgets to answer or dies. */
@Timeout(120)
class S3FaultsIT {
    private static final Cancellation NEVER = Cancellation.never();
    private static final S3Patience SHORT = new S3Patience(
            Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(5), 3, Duration.ofMillis(20));

    /** So long that only a cancellation can end what waits. */
    private static final S3Patience ENDLESS =
            new S3Patience(Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), 3, Duration.ofHours(1));

    @TempDir
    static Path serverDirectory;

    private static S3Server server;

    private final byte[] large = new byte[20 << 20];
    private FaultyProxy proxy;
    private S3Location location;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start(S3Server.Kind.MINIO, serverDirectory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() throws Exception {
        proxy = new FaultyProxy(server.endpoint());
        location = new S3Location(S3Server.BUCKET, "faults/" + UUID.randomUUID() + "/");
        new Random(5).nextBytes(large);
    }

    @AfterEach
    void close() throws Exception {
        proxy.close();
    }

    private ObjectStore store(S3Patience patience) throws StoreException {
        return S3ObjectStore.open(location, S3Server.access(proxy.endpoint()), patience);
    }

    private static byte[] read(ObjectStore store, String key) throws StoreException {
        try (ObjectReader reader = store.get(key, ByteRange.all(), NEVER)) {
            return reader.readAll(64 << 20);
        }
    }

    @Test
    void goesOnWhereATransferBrokeOff() throws Exception {
        try (ObjectStore store = store(SHORT)) {
            store.put("large", Body.of(large), Condition.always(), NEVER);
            for (Fault fault : Fault.values()) {
                int before = proxy.faults();
                proxy.breakConnections(5, fault, 3 << 20);
                assertThat(Digest.of(read(store, "large"))).isEqualTo(Digest.of(large));
                assertThat(proxy.faults()).isEqualTo(before + 5);
            }
        }
    }

    @Test
    void neverMixesTwoVersionsWhenItGoesOn() throws Exception {
        try (ObjectStore store = store(SHORT);
                ObjectStore other = S3ObjectStore.open(location, server.access(), SHORT)) {
            store.put("large", Body.of(large), Condition.always(), NEVER);
            proxy.breakConnections(1, Fault.CUT, 3 << 20);
            try (ObjectReader reader = store.get("large", ByteRange.all(), NEVER)) {
                other.put("large", Body.of(new byte[20 << 20]), Condition.always(), NEVER);
                assertCode(Code.PRECONDITION_FAILED, () -> reader.readAll(64 << 20));
            }
        }
    }

    @Test
    void givesUpWhenNothingComesThrough() throws Exception {
        try (ObjectStore store = store(SHORT)) {
            store.put("doc", Body.of(new byte[10]), Condition.always(), NEVER);
            for (Fault fault : Fault.values()) {
                proxy.breakConnections(1000, fault, 0);
                assertCode(Code.UNAVAILABLE, () -> read(store, "doc"));
                assertCode(Code.UNAVAILABLE, () -> store.head("doc", NEVER));
                assertCode(Code.UNAVAILABLE, () -> store.list("", object -> {}, NEVER));
                assertCode(Code.UNAVAILABLE, () -> store.put("doc", Body.of(new byte[11]), Condition.always(), NEVER));
            }
            proxy.breakConnections(0, Fault.CUT, 0);
            assertThat(read(store, "doc").length).isIn(10, 11);
        }
    }

    @Test
    void givesUpATransferThatAlwaysBreaksOff() throws Exception {
        try (ObjectStore store = store(SHORT)) {
            store.put("large", Body.of(large), Condition.always(), NEVER);
            try (ObjectReader reader = store.get("large", ByteRange.all(), NEVER)) {
                proxy.close();
                assertCode(Code.UNAVAILABLE, () -> reader.readAll(64 << 20));
            }
        }
    }

    @Test
    void repeatsWhatWasCutWhileItWasWritten() throws Exception {
        try (ObjectStore store = store(SHORT)) {
            proxy.breakConnections(2, Fault.CUT, 0);
            store.put("small", Body.of(new byte[10]), Condition.always(), NEVER);
            proxy.breakConnections(2, Fault.CUT, 0);
            store.put("large", Body.of(large), Condition.always(), NEVER);
            assertThat(Digest.of(read(store, "large"))).isEqualTo(Digest.of(large));
        }
    }

    @Test
    void stopsAtOnceWhenItIsCancelled() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ObjectStore store = store(ENDLESS)) {
            store.put("large", Body.of(large), Condition.always(), NEVER);
            assertCancelled(threads, cancellation -> store.head("large", cancellation), 0);
            assertCancelled(
                    threads,
                    cancellation -> store.put("x", Body.of(new byte[10]), Condition.always(), cancellation),
                    0);
            assertCancelled(
                    threads, cancellation -> store.put("y", Body.of(large), Condition.always(), cancellation), 0);
            assertCancelled(
                    threads,
                    cancellation -> {
                        try (ObjectReader reader = store.get("large", ByteRange.all(), cancellation)) {
                            return reader.readAll(64 << 20);
                        }
                    },
                    3 << 20);
        }
    }

    private interface Request {
        Object run(Cancellation cancellation) throws Exception;
    }

    /** Waits until the store has fallen silent, and cancels then. */
    private void assertCancelled(ExecutorService threads, Request request, long afterBytes) {
        Cancellation cancellation = new Cancellation();
        int before = proxy.faults();
        proxy.breakConnections(1, Fault.SILENCE, afterBytes);
        Future<Object> future = threads.submit(() -> request.run(cancellation));
        await().until(() -> proxy.faults() > before);
        cancellation.cancel("the test says so");
        assertThatThrownBy(future::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(Code.CANCELLED));
        proxy.breakConnections(0, Fault.CUT, 0);
    }

    @Test
    void teachesWhatIsWrongWithTheConfiguration() throws Exception {
        S3Location noBucket = new S3Location("no-such-bucket", "");
        assertThatThrownBy(() -> S3ObjectStore.open(noBucket, server.access(), SHORT))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(Code.DENIED))
                .hasMessageContaining("no-such-bucket")
                .hasMessageContaining("Create it");
        S3Access stranger = new S3Access(
                server.access().endpoint(),
                server.access().region(),
                StaticCredentialsProvider.create(AwsBasicCredentials.create("who", "knows")));
        try (ObjectStore store = S3ObjectStore.open(location, stranger, SHORT)) {
            assertThatThrownBy(() -> store.put("x", Body.of(new byte[1]), Condition.always(), NEVER))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.code()).isEqualTo(Code.DENIED))
                    .hasMessageContaining("AWS_ACCESS_KEY_ID");
        }
        assertCode(Code.INVALID, () -> S3Access.from(Map.of("AWS_ENDPOINT_URL", "localhost:9000")));
    }

    @Test
    void opensThoughNobodyListens() throws Exception {
        URI nobody = proxy.endpoint();
        proxy.close();
        try (ObjectStore store = S3ObjectStore.open(location, S3Server.access(nobody), SHORT)) {
            assertCode(Code.UNAVAILABLE, () -> store.head("doc", NEVER));
        }
    }
}
