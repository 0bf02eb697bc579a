package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.ObjectStoreContract;
import dev.thaw.store.object.StoreException.Code;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartFileTest {
    private static final Cancellation NEVER = Cancellation.never();

    @TempDir
    Path directory;

    /** The specification of the sparse form, written down a second time as plainly as can be. */
    private static byte[] sparseForm(byte[] memory) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeBytes("thawsp1\n");
        out.writeLong(memory.length);
        int at = 0;
        while (at < memory.length) {
            int windowEnd = Math.min(memory.length, (at / (1 << 20) + 1) << 20);
            int end = at;
            while (end < windowEnd && !isZero(memory, end)) {
                end = Math.min(end + 4096, memory.length);
            }
            if (end > at) {
                out.writeLong(at);
                out.writeLong(end - at);
                out.write(memory, at, end - at);
                at = end;
            } else {
                at += 4096;
            }
        }
        out.writeLong(memory.length);
        out.writeLong(0);
        return bytes.toByteArray();
    }

    private static boolean isZero(byte[] memory, int at) {
        for (int i = at; i < Math.min(at + 4096, memory.length); i++) {
            if (memory[i] != 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void hashesMemoryAsSpecified() throws Exception {
        TestSnapshots snapshots = new TestSnapshots(directory);
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Path file = snapshots.memory(random, (1 + random.nextInt(1000)) * 4096);
            byte[] expected = sparseForm(Files.readAllBytes(file));
            Part part = PartFile.describe(PartKind.MEMORY, "a", file, NEVER);
            assertThat(part.digest()).as("seed %s", seed).isEqualTo(Digest.of(expected));
            assertThat(part.denseBytes()).isEqualTo(expected.length);
            assertThat(part.sizeBytes()).isEqualTo(Files.size(file));
        }
    }

    @Test
    void hashesMemoryThatIsNoWholeNumberOfBlocks() throws Exception {
        for (int size : new int[] {0, 1, 4095, 4097, (1 << 20) + 5}) {
            byte[] memory = new byte[size];
            new Random(size).nextBytes(memory);
            Path file = Files.write(directory.resolve("memory" + size), memory);
            Part part = PartFile.describe(PartKind.MEMORY, "a", file, NEVER);
            assertThat(part.digest()).isEqualTo(Digest.of(sparseForm(memory)));
        }
    }

    @Test
    void allZeroMemoryIsAlmostNothing() throws Exception {
        Path file = Files.write(directory.resolve("zero"), new byte[3 << 20]);
        Part part = PartFile.describe(PartKind.MEMORY, "a", file, NEVER);
        assertThat(part.denseBytes()).isEqualTo(32);
        Path copy = directory.resolve("copy");
        assertThat(PartFile.copy(PartSource.of(PartKind.MEMORY, "a", file), copy, NEVER))
                .isEqualTo(part);
        assertThat(Files.size(copy)).isEqualTo(3 << 20);
    }

    @Test
    void copiesWhatWasRead() throws Exception {
        Path memory = new TestSnapshots(directory).memory(new Random(7), 5 << 20);
        for (PartKind kind : PartKind.values()) {
            Path copy = directory.resolve("copy-" + kind);
            Part part = PartFile.copy(PartSource.of(kind, "a", memory), copy, NEVER);
            assertThat(copy).hasSameBinaryContentAs(memory);
            assertThat(part).isEqualTo(PartFile.describe(kind, "a", memory, NEVER));
        }
    }

    @Test
    void refusesASourceThatIsNotWhatItsDigestSays() throws Exception {
        Path file = Files.write(directory.resolve("rootfs"), new byte[] {1, 2, 3});
        PartSource wrong = PartSource.of(PartKind.ROOTFS, "a", file, Digest.of(new byte[] {9}));
        Path copy = directory.resolve("copy");
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> PartFile.copy(wrong, copy, NEVER));
        assertThat(copy).doesNotExist();
    }

    @Test
    void stopsWhenItIsCancelled() throws Exception {
        Path memory = new TestSnapshots(directory).memory(new Random(3), 2 << 20);
        Cancellation cancelled = new Cancellation();
        cancelled.cancel("enough");
        Path copy = directory.resolve("copy");
        ObjectStoreContract.assertCode(
                Code.CANCELLED, () -> PartFile.copy(PartSource.of(PartKind.MEMORY, "a", memory), copy, cancelled));
        assertThat(copy).doesNotExist();
    }

    @Test
    void saysWhichFileIsMissing() {
        assertThatThrownBy(() -> PartFile.describe(PartKind.STATE, "a", directory.resolve("none"), NEVER))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("none");
    }
}
