package dev.thaw.store;

import dev.thaw.store.key.KeyService;
import dev.thaw.store.key.WrappingKeys;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** Makes freezes of small imaginary guests. */
public final class TestSnapshots {
    private final Path directory;

    public TestSnapshots(Path directory) {
        this.directory = directory;
    }

    /** The same wrapping key for all who share a store. */
    public static KeyService keys() {
        try {
            return WrappingKeys.parse("test:" + Base64.getEncoder().encodeToString(new byte[32]), "the tests' keys");
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    public static SnapshotIdentity identity(String function) {
        return identity(function, "default");
    }

    public static SnapshotIdentity identity(String function, String trustDomain) {
        return new SnapshotIdentity(
                Digest.of(function.getBytes(StandardCharsets.UTF_8)),
                Digest.of(new byte[] {1}),
                Digest.of(new byte[] {2}),
                List.of("/bin/" + function, "--serve"),
                new TreeMap<>(Map.of("SECRET", "not to be told")),
                "",
                "/",
                8080,
                DataSize.ofMebibytes(4),
                1,
                trustDomain);
    }

    public static HostFit fit(String cpu) {
        return new HostFit(
                "qemu-tcg",
                "7.2.22",
                cpu,
                DataSize.ofMebibytes(4),
                1,
                Digest.of(new byte[] {3}),
                OptionalLong.of(2_100_000));
    }

    /** A freeze of {@code function}; the seed decides what is in its memory. Functions of one name share a rootfs. */
    public SnapshotDraft freeze(String function, long seed) throws IOException {
        return freeze(function, seed, "default");
    }

    public SnapshotDraft freeze(String function, long seed, String trustDomain) throws IOException {
        Random random = new Random(seed);
        Path rootfs = directory.resolve(function + ".erofs");
        if (!Files.exists(rootfs)) {
            Files.write(rootfs, bytes(new Random(function.hashCode()), 300_000));
        }
        return SnapshotDraft.of(
                identity(function, trustDomain),
                fit("cpu"),
                function + "-1",
                Instant.ofEpochSecond(1_800_000_000 + seed),
                quarterFull(random, 4 << 20),
                Files.write(directory.resolve("state-" + UUID.randomUUID()), bytes(random, 50_000)),
                rootfs,
                Digest.of(Files.readAllBytes(rootfs)));
    }

    /** The blocks of a freeze, for a hot companion of them. The caller's to close. */
    public static PartBlocks blocks(SnapshotDraft draft) throws IOException {
        return new PartBlocks(Map.of(
                PartKind.MEMORY, draft.memory().file(),
                PartKind.STATE, draft.state().file(),
                PartKind.ROOTFS, draft.rootfs().file()));
    }

    /** A memory of which about a third is not zero, in runs of all lengths. */
    public Path memory(Random random, int sizeBytes) throws IOException {
        Path file = directory.resolve("memory-" + UUID.randomUUID());
        try (RandomAccessFile memory = new RandomAccessFile(file.toFile(), "rw")) {
            memory.setLength(sizeBytes);
            int pages = sizeBytes / SparseForm.BLOCK;
            for (int page = random.nextInt(8); page < pages; page += 1 + random.nextInt(40)) {
                int run = Math.min(pages - page, 1 + random.nextInt(12));
                memory.seek((long) page * SparseForm.BLOCK);
                memory.write(bytes(random, run * SparseForm.BLOCK));
                page += run;
            }
        }
        return file;
    }

    /** A memory of which exactly a quarter is not zero: so all snapshots take the same room. */
    private Path quarterFull(Random random, int sizeBytes) throws IOException {
        int runBytes = 8 * SparseForm.BLOCK;
        List<Integer> runs = new ArrayList<>();
        for (int run = 0; run < sizeBytes / runBytes; run++) {
            runs.add(run);
        }
        Collections.shuffle(runs, random);
        Path file = directory.resolve("memory-" + UUID.randomUUID());
        try (RandomAccessFile memory = new RandomAccessFile(file.toFile(), "rw")) {
            memory.setLength(sizeBytes);
            for (int run : runs.subList(0, runs.size() / 4)) {
                memory.seek((long) run * runBytes);
                memory.write(bytes(random, runBytes));
            }
        }
        return file;
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
