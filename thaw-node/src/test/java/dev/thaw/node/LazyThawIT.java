package dev.thaw.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.lazy.Prefetch;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One worker freezes a function that remembers something, another thaws it while it arrives, from a store that fails before, during and after the thaw:
 * the answer is right, or a boot's, or the instance ends within its patience; and nothing is left.
 */
class LazyThawIT {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int STATE_BYTES = 1 << 20;

    /** Large, and not read by anything before it is asked for. */
    private static final String COLD_FILE = "/usr/lib/python3.11/pydoc_data/topics.py";

    /** Read before, so that most of the way to a file is in memory. */
    private static final List<String> OTHER_FILES = List.of(
            "/usr/lib/python3.11/_pydecimal.py",
            "/usr/lib/python3.11/typing.py",
            "/usr/lib/python3.11/tarfile.py",
            "/usr/lib/python3.11/argparse.py",
            "/usr/lib/python3.11/doctest.py");

    /** Tells the digests of files. An I/O error ends the connection without an answer. */
    private static final String FILE_READER = """
            import hashlib, sys
            sys.path.insert(0, "/app")
            import serving

            class Files(serving.Handler):
                def serve(self):
                    self.drain()
                    if self.route == "/":
                        return self.answer(200, b"here")
                    with open(self.route, "rb") as file:
                        self.answer(200, hashlib.sha256(file.read()).hexdigest().encode())

            serving.serve(Files)
            """;

    @TempDir
    Path directory;

    private final FaultyStore store = new FaultyStore();
    private Census census;
    private Map<String, Long> before;
    private RealWorkers workers;
    private String state;

    /** The first of all starts leaves what the JVM keeps for good. */
    @BeforeAll
    static void warmUp(@TempDir Path directory) throws Exception {
        try (RealWorkers workers = new RealWorkers(directory, Mode.DISABLED, 1)) {
            workers.cycle(0, workers.sample("hello-c", 128L << 20));
        }
    }

    @BeforeEach
    void open() throws Exception {
        census = new Census(List.of());
        before = census.count();
        // Of other processes, which may come and go; ours are looked for by name.
        before.put("mounts", Long.MAX_VALUE);
        open(Prefetch.WORKING_SET);
    }

    private void open(Prefetch prefetch) throws Exception {
        workers = RealWorkers.lazy(directory, 2, store, new RealPlaces.Lazily(prefetch, PATIENCE));
        long seed = Long.getLong("thaw.seed", System.nanoTime());
        System.out.println("-Dthaw.seed=" + seed);
        state = letters(new Random(seed));
    }

    private static String letters(Random random) {
        return random.ints(STATE_BYTES, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @AfterEach
    void close() throws Exception {
        store.heal();
        workers.close();
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(Files.readAllLines(Path.of("/proc/self/mountinfo")))
                .noneMatch(line -> line.contains(workers.runDirectory().toString()));
        assertThat(workers.runDirectory().resolveSibling(workers.runDirectory().getFileName() + ".lazy"))
                .doesNotExist();
        census.assertNothingBeyond(before);
    }

    /** A function that worker 0 has frozen while it remembered the state, with what a thaw touches recorded. */
    private Revision frozen(String sample) throws Exception {
        Revision revision = workers.sample(sample, 128L << 20);
        Clones.freeze(workers, revision, claim -> SampleWork.post(claim, "/state", state.getBytes(UTF_8)));
        awaitRecording();
        return revision;
    }

    private void awaitRecording() {
        await().atMost(LONG).until(() -> store.keys().stream().anyMatch(key -> key.contains("/hot/")));
        await().atMost(LONG).until(() -> workers.worker(0).instances().isEmpty());
    }

    private Claim claim(Revision revision) throws Exception {
        return workers.worker(1).claim(revision, System.nanoTime());
    }

    /** Asks a fresh instance for what it remembers; returns how it was started. */
    private StartRecord assertRemembers(Revision revision) throws Exception {
        try (Claim claim = claim(revision)) {
            String remembered = RealWorkers.get(claim, "/state");
            assertThat(remembered).isEqualTo(claim.kind() == StartKind.BOOT ? "" : state);
            return claim.start();
        }
    }

    /** Worker 1 has nothing any more of any snapshot. */
    private void forget(Revision revision) throws Exception {
        workers.retire(1, revision);
        await().atMost(LONG).until(() -> workers.worker(1).snapshots().stream().allMatch(one -> one.leases() == 0));
        for (var snapshot : workers.worker(1).snapshots()) {
            workers.worker(1).dropSnapshot(snapshot.manifest().id());
        }
        assertThat(workers.worker(1).snapshots()).isEmpty();
    }

    private void die() {
        store.interfere((operation, key) -> {
            throw new StoreException(StoreException.Code.UNAVAILABLE, "The store is dead.");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello-c", "hello-python"})
    void aSecondCloneReadsNothing(String sample) throws Exception {
        workers.close();
        open(Prefetch.ALL);
        Revision revision = frozen(sample);
        StartRecord first = assertRemembers(revision);
        assertThat(first.kind()).isEqualTo(StartKind.THAW_REMOTE);
        assertThat(first.fetchedBytes()).isPositive().isLessThan(first.snapshotBytes() / 4);
        await("that all has come behind clones").atMost(LONG).until(() -> {
            workers.retire(1, revision);
            return assertRemembers(revision).kind() == StartKind.THAW_LOCAL;
        });
        workers.retire(1, revision);

        long read = store.bytesRead();
        die();
        assertThat(assertRemembers(revision).kind()).isEqualTo(StartKind.THAW_LOCAL);
        assertThat(store.bytesRead()).isEqualTo(read);
        assertThat(workers.heard().failures).isEmpty();
    }

    @Test
    void aSourceThatIsDeadBefore() throws Exception {
        Revision revision = frozen("hello-c");
        die();
        StartRecord start = assertRemembers(revision);
        assertThat(start.kind()).isEqualTo(StartKind.BOOT);
        assertThat(start.failure()).isEqualTo("store.unavailable");
        assertThat(start.reason()).contains("The store is dead.");
        store.heal();
        forget(revision);
        assertThat(assertRemembers(revision).kind()).isEqualTo(StartKind.THAW_REMOTE);
    }

    /**
     * The device state comes with the pointer; what comes after it can be had from the packs. Where not even the device state
     * has come in time, a boot takes over.
     *
     * @param where keys whose reads break off after their first bytes: companions, or all
     * @param stands whether the rest falls silent; else it is refused
     */
    @ParameterizedTest
    @CsvSource({"/hot/, false", "/hot/, true", "'', false", "'', true"})
    void aCompanionThatArrivesInPart(String where, boolean stands) throws Exception {
        Revision revision = frozen("hello-python");
        // As much as a pointer without its head.
        store.cutAfter(where, 8_000, stands);
        StartRecord start = assertRemembers(revision);
        if (where.isEmpty()) {
            assertThat(start.kind()).isEqualTo(StartKind.BOOT);
            assertThat(start.failure()).isIn("store.unavailable", "store.cancelled");
        } else {
            assertThat(start.kind()).isEqualTo(StartKind.THAW_REMOTE);
        }
        store.heal();
        forget(revision);
        assertThat(assertRemembers(revision).kind()).isEqualTo(StartKind.THAW_REMOTE);
    }

    /** @param stands whether it falls silent; else it refuses */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSourceThatDiesAfterTheResume(boolean stands) throws Exception {
        Revision revision = frozen("hello-c");
        try (Claim claim = claim(revision)) {
            assertThat(claim.kind()).isEqualTo(StartKind.THAW_REMOTE);
            assertThat(RealWorkers.get(claim, "/")).startsWith("Hello");
            if (stands) {
                store.cutAfter("/packs/", 0, true);
            } else {
                die();
            }
            assertThatThrownBy(() -> RealWorkers.get(claim, "/state")).isInstanceOf(IOException.class);
            assertThat(claim.awaitExit(LONG)).isPresent();
        }
        assertThat(workers.troubles(1).givenUp(StoreException.Code.UNAVAILABLE)).isPositive();
        assertThat(workers.troubles(1).repeated(StoreException.Code.UNAVAILABLE) > 0)
                .isEqualTo(!stands);
        await().atMost(LONG).until(() -> workers.worker(1).instances().isEmpty());

        store.heal();
        StartRecord after = assertRemembers(revision);
        assertThat(after.kind()).as(after.reason()).isEqualTo(StartKind.THAW_REMOTE);
    }

    /** An I/O error of its disk would not end a guest by itself: it would go on, and be wrong. */
    @Test
    void aFileThatCannotBeReadEndsItsInstance() throws Exception {
        Revision revision = workers.withCommand(
                workers.sample("hello-python", 128L << 20),
                "files",
                List.of("/usr/bin/python3", "-B", "-c", FILE_READER));
        Revision booted = workers.withoutSnapshots(revision);
        String digest = workers.get(0, booted, COLD_FILE);
        workers.retire(0, booted);
        Clones.freeze(workers, revision, claim -> RealWorkers.get(claim, "/"));
        awaitRecording();
        try (Claim claim = claim(revision)) {
            assertThat(claim.kind()).isEqualTo(StartKind.THAW_REMOTE);
            for (String file : OTHER_FILES) {
                assertThat(RealWorkers.get(claim, file)).hasSize(64);
            }
            die();
            assertThatThrownBy(() -> RealWorkers.get(claim, COLD_FILE)).isInstanceOf(IOException.class);
            assertThat(claim.awaitExit(LONG).orElseThrow().text()).contains("cannot be read: ");
        }
        await().atMost(LONG).until(() -> workers.worker(1).instances().isEmpty());
        store.heal();
        assertThat(workers.get(1, revision, COLD_FILE)).isEqualTo(digest);
    }

    /** Bytes that are wrong once are asked for again; those that stay wrong are never seen by a guest. */
    @ParameterizedTest
    @CsvSource({"/pointers/, 1", "/hot/, 1", "/packs/, 5", "/maps/, 1000000", "/packs/, 1000000"})
    void bytesThatAreWrong(String where, int reads) throws Exception {
        Revision revision = frozen("hello-c");
        store.change(where, reads);
        boolean passes = reads < 100;
        for (int turn = 0; turn < 3; turn++) {
            try (Claim claim = claim(revision)) {
                String remembered = RealWorkers.get(claim, "/state");
                assertThat(remembered).isEqualTo(claim.kind() == StartKind.BOOT ? "" : state);
                break;
            } catch (IOException e) {
                assertThat(passes).as("%s", e).isFalse();
                assertThat(turn).as("instances lost to the same bytes").isLessThan(2);
            }
        }
        store.heal();
    }

    /** A block map that fails to come at first must not make of the snapshot one that can never be read. */
    @Test
    void blockMapsThatComeLater() throws Exception {
        Revision revision = frozen("hello-c");
        AtomicInteger reads = new AtomicInteger();
        store.interfere((operation, key) -> {
            if (operation.equals("get") && key.contains("/maps/") && reads.incrementAndGet() <= 3) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, "The store does not give maps yet.");
            }
        });
        assertThat(assertRemembers(revision).kind()).isEqualTo(StartKind.THAW_REMOTE);
        assertThat(workers.troubles(1).repeated(StoreException.Code.UNAVAILABLE))
                .isPositive();
    }
}
