package dev.thaw.store;

import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.FileObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/**
 * A small store with every kind of object in it, as some version of Thaw wrote it, in
 * {@code src/test/resources/golden/<version>}: {@code store} is the directory of a {@code file:} store, {@code snapshots}
 * says what is published. Its drafts must never change. A version that writes another format adds its own by
 *
 * <pre>
 * java -cp ... dev.thaw.store.GoldenStore src/test/resources/golden/VERSION
 * </pre>
 */
public final class GoldenStore {
    private static final Cancellation NEVER = Cancellation.never();
    private static final int PAGE = 4096;

    /** What is hot of each, where a version knows hot companions; the first block that is of noise among it. */
    public static final List<HotBlock> HOT = List.of(
            new HotBlock(PartKind.MEMORY.ordinal(), 4),
            new HotBlock(PartKind.ROOTFS.ordinal(), 3),
            new HotBlock(PartKind.MEMORY.ordinal(), 5));

    private GoldenStore() {}

    /** The drafts that are published, oldest first; their files are written into {@code directory}. */
    public static List<SnapshotDraft> drafts(Path directory) throws IOException {
        return List.of(
                draft(directory, "golden-1", "default"),
                draft(directory, "golden-2", "default"),
                draft(directory, "golden-1", "tenant"));
    }

    private static SnapshotDraft draft(Path directory, String revision, String trustDomain) throws IOException {
        int number = revision.charAt(revision.length() - 1) - '0';
        SnapshotIdentity identity = new SnapshotIdentity(
                digest("image"),
                digest("kernel"),
                digest("initramfs"),
                List.of("/bin/golden", revision),
                new TreeMap<>(),
                "1000:1000",
                "/srv",
                8080,
                new DataSize(20 * PAGE),
                1,
                trustDomain);
        HostFit fit = new HostFit(
                "qemu-tcg", "7.2", "cpu", new DataSize(20 * PAGE), 1, digest("devices"), OptionalLong.empty());
        Path rootfs = rootfs(directory);
        return SnapshotDraft.of(
                identity,
                fit,
                revision,
                Instant.ofEpochSecond(1_800_000_000 + number),
                Files.write(directory.resolve(revision + ".memory"), pages(20, number)),
                Files.write(directory.resolve(revision + ".state"), Arrays.copyOf(pages(1, 40 + number), 1000)),
                rootfs,
                Digest.of(Files.readAllBytes(rootfs)));
    }

    private static Digest digest(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Path rootfs(Path directory) throws IOException {
        return Files.write(directory.resolve("rootfs"), Arrays.copyOf(pages(5, 0), 4 * PAGE + 700));
    }

    /** Every third page is zero, one is of noise, and one in four is the same everywhere. */
    private static byte[] pages(int count, int seed) {
        byte[] bytes = new byte[count * PAGE];
        for (int page = 0; page < count; page++) {
            byte[] one = new byte[PAGE];
            if (page == 4) {
                new Random(seed).nextBytes(one);
            } else if (page % 3 != 2) {
                Arrays.fill(one, 10, PAGE, (byte) (page % 4 == 0 ? 100 + page : seed + page + 1));
            }
            System.arraycopy(one, 0, bytes, page * PAGE, PAGE);
        }
        return bytes;
    }

    /** Writes a new one. */
    public static void main(String[] args) throws IOException {
        Path golden = Path.of(args[0]);
        Path files = Files.createTempDirectory("golden");
        TestClock clock = new TestClock(Instant.now());
        FileObjectStore objects = FileObjectStore.open(golden.resolve("store"), FileObjectStore.Durability.PROCESS_END);
        List<String> published = new ArrayList<>();
        try (ObjectSnapshotStore store = new ObjectSnapshotStore(objects, TestSnapshots.keys(), clock)) {
            store.publishBase("golden-base", rootfs(files), NEVER);
            SnapshotDraft gone = draft(files, "golden-9", "default");
            store.delete(store.publish(gone, NEVER).id(), NEVER);
            for (SnapshotDraft draft : drafts(files)) {
                Manifest manifest = store.publish(draft, NEVER);
                try (PartBlocks blocks = TestSnapshots.blocks(draft)) {
                    store.publishHot(manifest, HOT, blocks, NEVER);
                }
                published.add(manifest.id().toString());
                if (published.size() == 1) {
                    store.newEpoch("default", NEVER);
                }
            }
            store.pin(store.list(NEVER).getFirst().id(), true, NEVER);
            clock.advance(Duration.ofHours(2));
            store.collect(Duration.ofHours(3), false, NEVER);
        }
        Files.write(golden.resolve("snapshots"), published);
    }
}
