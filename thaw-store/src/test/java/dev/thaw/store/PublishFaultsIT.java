package dev.thaw.store;

import static dev.thaw.store.object.ObjectStoreContract.assertCode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.FaultyProxy;
import dev.thaw.store.object.FaultyProxy.Fault;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.S3Server;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Publishing to and reading from a store whose answers are lost, or that dies. */
@Timeout(120)
class PublishFaultsIT {
    private static final Cancellation NEVER = Cancellation.never();

    @TempDir
    static Path serverDirectory;

    private static S3Server server;

    @TempDir
    Path directory;

    private FaultyProxy proxy;

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
    }

    @AfterEach
    void close() throws Exception {
        proxy.close();
    }

    private ObjectStore store() throws StoreException {
        return S3Server.impatientStore(proxy.endpoint());
    }

    @Test
    void publishesThoughTheAnswersAreLost() throws Exception {
        TestSnapshots freezes = new TestSnapshots(directory);
        try (SnapshotStore snapshots = new ObjectSnapshotStore(store(), TestSnapshots.keys(), Clock.systemUTC())) {
            for (int i = 0; i < 8; i++) {
                SnapshotDraft draft = freezes.freeze("hello" + i, i);
                // A little further each time, so that another request of the publication loses its answer.
                proxy.breakConnections(1, Fault.CUT, i * 500L);
                Manifest published = snapshots.publish(draft, NEVER);
                assertThat(snapshots.resolve(draft.identity(), draft.fit(), NEVER))
                        .hasValue(published);
                for (Part part : published.parts()) {
                    snapshots.fetch(part, directory.resolve("fetched-" + i + part.kind()), NEVER);
                }
            }
            assertThat(proxy.faults()).isEqualTo(8);
        }
    }

    @Test
    void knowsItsOwnPointerWriteWhoseAnswerWasLost() throws Exception {
        try (ObjectStore store = store()) {
            Domains domains = new Domains(store, TestSnapshots.keys(), Clock.systemUTC());
            Domain domain = domains.findOrCreate("default", NEVER);
            PointerStore pointers = new PointerStore(store, domains, System::nanoTime);
            String key = PointerStore.key(domain, Digest.of(new byte[0]), Digest.of(new byte[1]));
            PointerStore.Read nothing = pointers.read(domain, key, NEVER);
            proxy.breakConnections(1, Fault.CUT, 0);
            assertThat(pointers.replace(nothing, Optional.empty(), false, NEVER))
                    .isTrue();
            assertThat(proxy.faults()).isEqualTo(1);
            assertThat(pointers.replace(nothing, Optional.empty(), false, NEVER))
                    .isFalse();
        }
    }

    @Test
    void leavesNoFileWhenTheStoreDiesInTheMiddle() throws Exception {
        try (ObjectStore store = store();
                SnapshotStore snapshots = new ObjectSnapshotStore(store, TestSnapshots.keys(), Clock.systemUTC())) {
            Manifest manifest = snapshots.publish(new TestSnapshots(directory).freeze("hello", 1), NEVER);
            proxy.breakConnections(1000, Fault.CUT, 100_000);
            Path file = directory.resolve("fetched");
            // Each connection brings a little further; a store that dies brings nothing.
            proxy.close();
            assertCode(Code.UNAVAILABLE, () -> snapshots.fetch(manifest.memory(), file, NEVER));
            assertThat(file).doesNotExist();
        }
    }
}
