package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownPointersTest {
    private static final Cancellation NEVER = Cancellation.never();
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final MemoryObjectStore objects = new MemoryObjectStore(Clock.systemUTC());
    private final AtomicLong nanos = new AtomicLong(-5);
    private final KnownPointers known = new KnownPointers(nanos::get);

    private ObjectSnapshotStore open() {
        return new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC());
    }

    private static Optional<Manifest> known(SnapshotStore store, SnapshotDraft draft) {
        return store.known(draft.identity(), draft.fit(), MINUTE);
    }

    @Test
    void whatWasReadIsKnownUntilItIsChangedHere() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        try (ObjectSnapshotStore publisher = open();
                ObjectSnapshotStore reader = open()) {
            Manifest published = publisher.publish(draft, NEVER);
            assertThat(known(publisher, draft)).contains(published);
            assertThat(known(reader, draft)).as("never asked").isEmpty();

            assertThat(reader.resolve(draft.identity(), draft.fit(), NEVER)).contains(published);
            assertThat(known(reader, draft)).contains(published);
            assertThat(known(reader.through(FrameCache.none()), draft))
                    .as("a view knows what its store knows")
                    .contains(published);

            reader.delete(published.id(), NEVER);
            assertThat(known(reader, draft)).isEmpty();
            assertThat(known(publisher, draft))
                    .as("another process has not asked since")
                    .contains(published);
            assertThat(publisher.resolve(draft.identity(), draft.fit(), NEVER)).isEmpty();
            assertThat(known(publisher, draft)).isEmpty();
        }
    }

    @Test
    void isForgottenWithTime() throws Exception {
        StoredSnapshot snapshot = stored();
        known.learn("a", Optional.of(snapshot), known.now());
        nanos.addAndGet(MINUTE.toNanos());
        assertThat(known.find("a", MINUTE)).contains(snapshot);
        nanos.incrementAndGet();
        assertThat(known.find("a", MINUTE)).isEmpty();
    }

    @Test
    void anAnswerThatWasOvertakenChangesNothing() throws Exception {
        StoredSnapshot snapshot = stored();
        long asked = known.now();
        nanos.addAndGet(10);
        known.learn("a", Optional.of(snapshot), known.now());
        known.learn("a", Optional.empty(), asked);
        assertThat(known.find("a", MINUTE)).contains(snapshot);
    }

    private StoredSnapshot stored() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        try (ObjectSnapshotStore store = open()) {
            Manifest manifest = store.publish(draft, NEVER);
            ImageRef ref = new ImageRef("0".repeat(32), 100);
            return new StoredSnapshot(manifest, ref, ref, ref, Optional.empty());
        }
    }
}
