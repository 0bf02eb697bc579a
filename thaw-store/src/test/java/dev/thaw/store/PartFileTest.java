package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.StoreException.Code;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
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

    private byte[] stored(Part part, Path file) throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) part.storedBytes() + 1);
        try (ReadableByteChannel body = PartFile.body(part, file).open()) {
            while (body.read(all) >= 0) {
                // on to the end
            }
        }
        byte[] bytes = new byte[all.flip().remaining()];
        all.get(bytes);
        return bytes;
    }

    @Test
    void storesMemoryAsSpecified() throws Exception {
        TestSnapshots snapshots = new TestSnapshots(directory);
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Path file = snapshots.memory(random, (1 + random.nextInt(1000)) * 4096);
            byte[] expected = sparseForm(Files.readAllBytes(file));
            Part part = PartFile.describe(PartKind.MEMORY, file, NEVER);
            assertThat(part.digest()).as("seed %s", seed).isEqualTo(Digest.of(expected));
            assertThat(part.storedBytes()).isEqualTo(expected.length);
            assertThat(part.sizeBytes()).isEqualTo(Files.size(file));
            assertThat(stored(part, file)).isEqualTo(expected);
        }
    }

    @Test
    void storesMemoryThatIsNoWholeNumberOfBlocks() throws Exception {
        for (int size : new int[] {0, 1, 4095, 4097, (1 << 20) + 5}) {
            byte[] memory = new byte[size];
            new Random(size).nextBytes(memory);
            Path file = Files.write(directory.resolve("memory" + size), memory);
            Part part = PartFile.describe(PartKind.MEMORY, file, NEVER);
            assertThat(stored(part, file)).isEqualTo(sparseForm(memory));
            Path copy = directory.resolve("copy" + size);
            PartFile.write(part, new BytesChannel(ByteBuffer.wrap(sparseForm(memory))), copy, NEVER);
            assertThat(copy).hasBinaryContent(memory);
        }
    }

    @Test
    void storesAllZeroMemoryAsAlmostNothing() throws Exception {
        Path file = Files.write(directory.resolve("zero"), new byte[3 << 20]);
        Part part = PartFile.describe(PartKind.MEMORY, file, NEVER);
        assertThat(part.storedBytes()).isEqualTo(32);
        Path copy = directory.resolve("copy");
        assertThat(PartFile.copy(PartSource.of(PartKind.MEMORY, file), copy, NEVER))
                .isEqualTo(part);
        assertThat(Files.size(copy)).isEqualTo(3 << 20);
    }

    @Test
    void copiesAndWritesWhatWasRead() throws Exception {
        Path memory = new TestSnapshots(directory).memory(new Random(7), 5 << 20);
        for (PartKind kind : PartKind.values()) {
            Path copy = directory.resolve("copy-" + kind);
            Part part = PartFile.copy(PartSource.of(kind, memory), copy, NEVER);
            assertThat(copy).hasSameBinaryContentAs(memory);
            assertThat(part).isEqualTo(PartFile.describe(kind, memory, NEVER));
            Path written = directory.resolve("written-" + kind);
            PartFile.write(part, PartFile.body(part, memory).open(), written, NEVER);
            assertThat(written).hasSameBinaryContentAs(memory);
        }
    }

    @Test
    void refusesASourceThatIsNotWhatItsDigestSays() throws Exception {
        Path file = Files.write(directory.resolve("rootfs"), new byte[] {1, 2, 3});
        PartSource wrong = PartSource.of(PartKind.ROOTFS, file, Digest.of(new byte[] {9}));
        Path copy = directory.resolve("copy");
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> PartFile.copy(wrong, copy, NEVER));
        assertThat(copy).doesNotExist();
    }

    @Test
    void leavesNoFileWhenAnyBitOfTheStoredFormIsWrong() throws Exception {
        Random random = new Random(11);
        Path memory = new TestSnapshots(directory).memory(random, 1 << 20);
        for (PartKind kind : PartKind.values()) {
            Part part = PartFile.describe(kind, memory, NEVER);
            byte[] stored = stored(part, memory);
            for (int i = 0; i < 300; i++) {
                byte[] flipped = stored.clone();
                int at = i < 100 ? i : random.nextInt(stored.length);
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                assertRefused(part, flipped);
            }
            assertRefused(part, Arrays.copyOf(stored, stored.length - 1));
            assertRefused(part, Arrays.copyOf(stored, stored.length + 1));
            assertRefused(part, new byte[0]);
        }
    }

    /** Where the attacker knows the digest of what he made, the form itself must hold. */
    @Test
    void refusesFormsThatNoWriterMakes() throws Exception {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            ByteBuffer form = ByteBuffer.allocate(200);
            form.putLong(random.nextInt(4) == 0 ? random.nextLong() : SparseForm.MAGIC);
            long[] numbers = {0, 1, 16, 4096, 8192, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1 << 20, random.nextInt()};
            while (form.remaining() >= 8) {
                form.putLong(numbers[random.nextInt(numbers.length)]);
            }
            byte[] bytes = form.array();
            Part part = new Part(PartKind.MEMORY, Digest.of(bytes), 8192, bytes.length);
            Path target = directory.resolve("target" + seed);
            try {
                PartFile.write(part, new BytesChannel(ByteBuffer.wrap(bytes)), target, NEVER);
                assertThat(Files.size(target)).as("seed %s", seed).isEqualTo(8192);
            } catch (StoreException e) {
                assertThat(e.code()).as("seed %s", seed).isEqualTo(Code.CORRUPT);
                assertThat(target).doesNotExist();
            }
        }
    }

    private void assertRefused(Part part, byte[] stored) {
        Path target = directory.resolve("refused");
        assertThatThrownBy(() -> PartFile.write(part, new BytesChannel(ByteBuffer.wrap(stored)), target, NEVER))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(Code.CORRUPT));
        assertThat(target).doesNotExist();
    }

    @Test
    void stopsWhenItIsCancelled() throws Exception {
        Path memory = new TestSnapshots(directory).memory(new Random(3), 2 << 20);
        Cancellation cancelled = new Cancellation();
        cancelled.cancel("enough");
        Path copy = directory.resolve("copy");
        ObjectStoreContract.assertCode(
                Code.CANCELLED, () -> PartFile.copy(PartSource.of(PartKind.MEMORY, memory), copy, cancelled));
        assertThat(copy).doesNotExist();
    }

    @Test
    void saysWhichFileIsMissing() {
        assertThatThrownBy(() -> PartFile.describe(PartKind.STATE, directory.resolve("none"), NEVER))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("none");
    }
}
