package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.object.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PointerWatchTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Revision COUNT = WorkerFixture.revision("count");

    @TempDir
    Path folder;

    private final FaultyStore objects = new FaultyStore();

    private ObjectSnapshotStore open() {
        return new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC());
    }

    /** Freezes and publishes one. */
    private void publish(ObjectSnapshotStore store) throws Exception {
        try (WorkerFixture publisher =
                WorkerFixture.remote(Files.createDirectories(folder.resolve("publisher")), Optional.of(store))) {
            publisher.invoke(COUNT);
            await().until(() -> !publisher.listener.freezes.isEmpty());
        }
    }

    @Test
    void asksForWhatComesIntoServiceAndAgain() throws Exception {
        try (ObjectSnapshotStore publisher = open();
                ObjectSnapshotStore store = open();
                WorkerFixture fixture = WorkerFixture.remote(folder, Optional.of(store));
                PointerWatch watch = new PointerWatch(fixture.provider, store, Duration.ofMillis(50))) {
            SnapshotNames names = new SnapshotNames(fixture.provider);
            watch.add(COUNT);
            publish(publisher);
            await().untilAsserted(() -> assertThat(store.known(names.identity(COUNT), names.fit(COUNT.shape()), MINUTE))
                    .as("asked again after it was published elsewhere")
                    .isPresent());
            AtomicInteger reads = new AtomicInteger();
            objects.interfere((operation, key) -> {
                if (key.contains("/pointers/")) {
                    reads.incrementAndGet();
                }
            });
            await().until(() -> reads.get() >= 3);
            watch.remove(COUNT);
            int before = reads.get();
            await().during(Duration.ofMillis(300)).until(() -> reads.get() <= before + 1);
        }
    }

    @Test
    void goesOnWhenTheStoreIsBack() throws Exception {
        AtomicBoolean dead = new AtomicBoolean(true);
        AtomicInteger refused = new AtomicInteger();
        try (ObjectSnapshotStore publisher = open();
                ObjectSnapshotStore store = open();
                WorkerFixture fixture = WorkerFixture.remote(folder, Optional.of(store))) {
            publish(publisher);
            objects.interfere((operation, key) -> {
                if (dead.get()) {
                    refused.incrementAndGet();
                    throw new StoreException(StoreException.Code.UNAVAILABLE, "dead");
                }
            });
            try (PointerWatch watch = new PointerWatch(fixture.provider, store, Duration.ofMillis(50))) {
                SnapshotNames names = new SnapshotNames(fixture.provider);
                watch.add(COUNT);
                await().until(() -> refused.get() >= 2);
                dead.set(false);
                await().untilAsserted(
                                () -> assertThat(store.known(names.identity(COUNT), names.fit(COUNT.shape()), MINUTE))
                                        .isPresent());
            }
        }
    }
}
