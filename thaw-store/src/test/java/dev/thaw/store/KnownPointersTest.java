package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.HookedObjectStore;
import dev.thaw.store.object.HookedObjectStore.Moment;
import dev.thaw.store.object.HookedObjectStore.Operation;
import dev.thaw.store.object.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
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
        known.learn("a", Optional.of("1"), Optional.of(snapshot), known.now());
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
        known.learn("a", Optional.of("1"), Optional.of(snapshot), known.now());
        known.learn("a", Optional.of("0"), Optional.empty(), asked);
        assertThat(known.find("a", MINUTE)).contains(snapshot);
    }

    @Test
    void aVersionThatIsThereStillIsKnownAnew() throws Exception {
        Optional<String> version = Optional.of("1");
        StoredSnapshot snapshot = stored();
        long before = known.now();
        known.learn("a", version, Optional.of(snapshot), before);
        nanos.addAndGet(MINUTE.toNanos() + 1);
        assertThat(known.find("a", MINUTE)).isEmpty();
        assertThat(known.confirm("a", version, known.now())).isTrue();
        assertThat(known.find("a", MINUTE)).contains(snapshot);
        assertThat(known.confirm("a", version, before)).isTrue();
        assertThat(known.find("a", MINUTE))
                .as("an older answer changes nothing")
                .contains(snapshot);
        assertThat(known.confirm("a", Optional.of("2"), known.now())).isFalse();
        assertThat(known.confirm("b", version, known.now())).isFalse();
    }

    @Test
    void whoReadsNoHeadLeavesWhatIsKnownWithOne() throws Exception {
        StoredSnapshot plain = stored();
        StoredSnapshot first = plain.withHot(new HotRef("1".repeat(32), 100, 50));
        StoredSnapshot second = plain.withHot(new HotRef("2".repeat(32), 100, 50));
        known.learnWithoutHead("a", Optional.of(plain), known.now());
        assertThat(known.find("a", MINUTE)).contains(plain);
        known.learnWithoutHead("a", Optional.of(first), known.now());
        assertThat(known.find("a", MINUTE)).as("before it had none").contains(first);
        known.learnWithoutHead("a", Optional.of(second), known.now());
        assertThat(known.find("a", MINUTE)).contains(first);
        nanos.addAndGet(MINUTE.toNanos() + 1);
        known.learnWithoutHead("a", Optional.of(second), known.now());
        assertThat(known.find("a", MINUTE)).as("it is not known for longer").isEmpty();
        known.learnWithoutHead("a", Optional.empty(), known.now());
        nanos.addAndGet(-MINUTE.toNanos());
        assertThat(known.find("a", MINUTE)).as("it is not there any more").isEmpty();
    }

    @Test
    void aRefreshReadsOnlyWhatHasChanged() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        AtomicInteger reads = new AtomicInteger();
        HookedObjectStore counted = new HookedObjectStore(objects, (operation, moment, key) -> {
            if (operation == Operation.GET && moment == Moment.BEFORE && key.contains("/pointers/")) {
                reads.incrementAndGet();
            }
        });
        try (ObjectSnapshotStore publisher = open();
                ObjectSnapshotStore reader =
                        new ObjectSnapshotStore(counted, TestSnapshots.keys(), Clock.systemUTC())) {
            reader.refresh(draft.identity(), draft.fit(), NEVER);
            assertThat(known(reader, draft)).as("no domain, no pointer").isEmpty();
            Manifest published = publisher.publish(draft, NEVER);
            reader.refresh(draft.identity(), draft.fit(), NEVER);
            assertThat(known(reader, draft)).contains(published);
            int first = reads.get();
            reader.refresh(draft.identity(), draft.fit(), NEVER);
            assertThat(reads).as("it has not changed").hasValue(first);
            try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
                assertThat(publisher.publishHot(published, List.of(), blocks, NEVER))
                        .isTrue();
            }
            reader.refresh(draft.identity(), draft.fit(), NEVER);
            assertThat(reads).as("it has changed").hasValue(first + 1);
            reader.list(NEVER);
            int listed = reads.get();
            reader.refresh(draft.identity(), draft.fit(), NEVER);
            assertThat(reads).as("a list leaves what is known").hasValue(listed);
            try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
                assertThat(publisher.publishHot(published, List.of(), blocks, NEVER))
                        .isTrue();
            }
            reader.list(NEVER);
            listed = reads.get();
            reader.refresh(draft.identity(), draft.fit(), NEVER);
            assertThat(reads).as("a list brings no head").hasValue(listed + 1);
            publisher.delete(published.id(), NEVER);
            reader.refresh(draft.identity(), draft.fit(), NEVER);
            assertThat(known(reader, draft)).isEmpty();
        }
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
