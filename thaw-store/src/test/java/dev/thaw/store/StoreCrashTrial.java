package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.FileObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Lets {@link StoreCrashWorker} die at a step of its work, again and again, and looks at what it left. */
final class StoreCrashTrial {
    private static final Cancellation NEVER = Cancellation.never();

    /** Uploads that are under way at once, and the file that is being written beside them. */
    private static final int MOST_LEFT_BEHIND = 4;

    private final Path freezeDirectory;
    private final Path storeDirectory;
    private final Path output;
    private final SmallFreezes freezes;
    private Instant now = Instant.now();
    private int steps; // of the last worker that was not killed
    private int survivors;

    StoreCrashTrial(Path directory) throws IOException {
        this.freezeDirectory = Files.createDirectories(directory.resolve("freezes"));
        this.storeDirectory = directory.resolve("store");
        this.output = directory.resolve("output");
        this.freezes = new SmallFreezes(freezeDirectory);
    }

    void run(int kills) throws Exception {
        long first = Long.getLong("thaw.seed", new Random().nextInt(1_000_000));
        System.out.println("thaw.seed=" + first);
        work(first, Integer.MAX_VALUE); // to learn how many steps there are
        check(Set.of());
        for (long seed = first; seed < first + kills; seed++) {
            String when = "after the worker with thaw.seed=" + seed;
            Set<String> before = listed();
            int leftBehind = leftBehind();
            work(seed, 1 + new Random(seed).nextInt(steps));
            assertThat(leftBehind() - leftBehind).as(when).isLessThanOrEqualTo(MOST_LEFT_BEHIND);
            try {
                check(before);
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError(when + ": " + Files.readString(output), e);
            }
        }
        assertThat(survivors).as("workers that were not killed").isLessThan(kills / 2 + 2);
    }

    private ObjectSnapshotStore open() throws IOException {
        return new ObjectSnapshotStore(
                FileObjectStore.open(storeDirectory, FileObjectStore.Durability.PROCESS_END),
                TestSnapshots.keys(),
                Clock.fixed(now, ZoneOffset.UTC));
    }

    private Set<String> listed() throws IOException {
        Set<String> ids = new HashSet<>();
        try (ObjectSnapshotStore store = open()) {
            store.list(NEVER).forEach(manifest -> ids.add(manifest.id().toString()));
        }
        return ids;
    }

    private int leftBehind() throws IOException {
        try (Stream<Path> files = Files.list(storeDirectory.resolve(".incoming"))) {
            return (int) files.count();
        }
    }

    private void work(long seed, int step) throws Exception {
        Process worker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StoreCrashWorker.class.getName(),
                        freezeDirectory.toString(),
                        storeDirectory.toString(),
                        String.valueOf(seed),
                        String.valueOf(step),
                        now.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            int code = worker.waitFor();
            boolean killed = code == 128 + 9;
            assertThat(killed || code == 0)
                    .as("the worker failed by itself with thaw.seed=%s: %s", seed, Files.readString(output))
                    .isTrue();
            if (!killed) {
                survivors++;
                steps = Integer.parseInt(said("steps ").getFirst());
            }
        } finally {
            worker.destroyForcibly().waitFor();
        }
    }

    private List<String> said(String what) throws IOException {
        List<String> said = new ArrayList<>();
        for (String line : Files.readAllLines(output, StandardCharsets.UTF_8)) {
            if (line.startsWith(what)) {
                said.add(line.substring(what.length()));
            }
        }
        return said;
    }

    /** What was published and not deleted is there and right, nothing is wrong, and nothing is left over. */
    private void check(Set<String> before) throws IOException {
        now = now.plus(Duration.ofHours(12));
        if (!said("damaging").isEmpty()) {
            // Its copies died with it: what it had not yet put right is withdrawn.
            try (ObjectSnapshotStore store = open()) {
                store.check(true, List.of(), NEVER);
            }
        }
        Set<String> expected = new HashSet<>(before);
        expected.addAll(said("published "));
        said("deleting ").forEach(expected::remove);
        Set<String> found = listed();
        if (said("damaging").isEmpty()) {
            assertThat(found).containsAll(expected);
        }
        try (ObjectSnapshotStore store = open()) {
            assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
            for (Manifest manifest : store.list(NEVER)) {
                freezes.assertRight(store, manifest, freezes.freezeOf(manifest));
            }
        }
        for (int i = 0; i < 2; i++) {
            try (ObjectSnapshotStore store = open()) {
                store.collect(StoreCrashWorker.GRACE, false, NEVER);
            }
            now = now.plus(Duration.ofHours(4));
        }
        try (ObjectSnapshotStore store = open()) {
            assertThat(store.usage(NEVER).unreachableBytes()).isZero();
            assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
        }
        assertThat(listed()).isEqualTo(found);
    }
}
