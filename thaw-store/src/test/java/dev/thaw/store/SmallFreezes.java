package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;

/**
 * Freezes of guests that are very small and share pages: of a library, of their function, and with their own root file
 * system. One function and version always has the same bytes.
 */
public final class SmallFreezes {
    private static final int PAGE = 4096;
    private static final int PAGES = 48;
    private static final int LIBRARY_PAGES = 40;
    private static final int ROOTFS_BYTES = 70_000;
    private static final int STATE_BYTES = 9_000;

    private final Path directory;

    public SmallFreezes(Path directory) {
        this.directory = directory;
    }

    public SnapshotDraft freeze(String function, int version) throws IOException {
        return freeze(function, version, "default");
    }

    /** The identity is of function and version; the newer version is frozen later. */
    public SnapshotDraft freeze(String function, int version, String trustDomain) throws IOException {
        Path rootfs = rootfs(function);
        String revision = function + "-" + version;
        return SnapshotDraft.of(
                TestSnapshots.identity(revision, trustDomain),
                TestSnapshots.fit("cpu"),
                revision,
                Instant.ofEpochSecond(1_800_000_000 + version),
                file(revision + ".memory", memory(function, version)),
                file(revision + ".state", random(new Random(revision.hashCode()), STATE_BYTES)),
                rootfs,
                Digest.of(Files.readAllBytes(rootfs)));
    }

    /** The root file system of a function: half library, half its own, and its last block is short. */
    public Path rootfs(String function) throws IOException {
        byte[] bytes = random(new Random(function.hashCode()), ROOTFS_BYTES);
        for (int page = 0; page < 8; page++) {
            System.arraycopy(library(page), 0, bytes, 2 * page * PAGE, PAGE);
        }
        return file(function + ".erofs", bytes);
    }

    private static byte[] memory(String function, int version) {
        byte[] memory = new byte[PAGES * PAGE];
        Random layout = new Random(31L * function.hashCode() + version);
        for (int page = 0; page < PAGES; page++) {
            byte[] bytes = switch (layout.nextInt(5)) {
                case 0 -> library(layout.nextInt(LIBRARY_PAGES));
                case 1 -> random(new Random(function.hashCode() + layout.nextInt(20)), PAGE);
                case 2 -> random(layout, PAGE);
                default -> new byte[PAGE];
            };
            System.arraycopy(bytes, 0, memory, page * PAGE, PAGE);
        }
        return memory;
    }

    /** A page that compresses to about a half. */
    private static byte[] library(int number) {
        byte[] page = random(new Random(7_000 + number), PAGE);
        System.arraycopy(page, 0, page, PAGE / 2, PAGE / 2);
        return page;
    }

    private static byte[] random(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private Path file(String name, byte[] bytes) throws IOException {
        Path file = directory.resolve(name);
        return Files.exists(file) ? file : Files.write(file, bytes);
    }

    /** Fetches every part of a published snapshot and compares it with what was frozen. */
    public void assertRight(SnapshotStore store, Manifest manifest, SnapshotDraft draft) throws IOException {
        for (PartSource source : draft.sources()) {
            Part part = manifest.parts().stream()
                    .filter(each -> each.kind() == source.kind())
                    .findFirst()
                    .orElseThrow();
            Path fetched = directory.resolve("fetched-" + UUID.randomUUID());
            try {
                store.fetch(part, fetched, Cancellation.never());
                assertThat(Files.mismatch(fetched, source.file()))
                        .as("the first wrong byte of the %s of %s", source.kind(), draft.revision())
                        .isEqualTo(-1);
            } finally {
                Files.deleteIfExists(fetched);
            }
        }
    }

    /** The freeze that a manifest of one of these is of. */
    public SnapshotDraft freezeOf(Manifest manifest) throws IOException {
        String revision = manifest.revision();
        int version = Integer.parseInt(revision.substring(revision.lastIndexOf('-') + 1));
        return freeze(manifest.function(), version, manifest.trustDomain());
    }
}
