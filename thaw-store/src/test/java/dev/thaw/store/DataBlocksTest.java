package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.chunk.Blocks;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataBlocksTest {
    private final long seed = Long.getLong("thaw.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @TempDir
    private Path folder;

    @Test
    void everyByteThatWasWrittenIsInABlockOfData() throws IOException {
        for (int round = 0; round < 50; round++) {
            int size = 1 + random.nextInt(4 << 20);
            BitSet written = new BitSet();
            Path file = folder.resolve("file" + round);
            try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
                out.setLength(size);
                for (int i = random.nextInt(20); i > 0; i--) {
                    int at = random.nextInt(size);
                    out.seek(at);
                    out.write(1);
                    written.set(at / Blocks.BYTES);
                }
            }
            BitSet data = DataBlocks.of(file, size);
            assertThat(data.length()).as("seed %d", seed).isLessThanOrEqualTo((int) Blocks.count(size));
            written.andNot(data);
            assertThat(written.cardinality()).as("seed %d", seed).isZero();
        }
    }

    @Test
    void aFullFileIsAllData() throws IOException {
        byte[] bytes = new byte[10 * Blocks.BYTES + 1];
        random.nextBytes(bytes);
        Path file = Files.write(folder.resolve("full"), bytes);
        assertThat(DataBlocks.of(file, bytes.length).cardinality()).isEqualTo(11);
        assertThat(DataBlocks.of(Files.createFile(folder.resolve("empty")), 0).cardinality())
                .isZero();
    }

    @Test
    void aLongHoleIsNone() throws IOException {
        Path file = folder.resolve("hole");
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(256 << 20);
            out.write(1);
        }
        // File systems with larger blocks have no smaller holes.
        assertThat(DataBlocks.of(file, 256 << 20).cardinality()).isBetween(1, 1024);
    }

    @Test
    void saysThatAFileIsMissing() {
        assertThatThrownBy(() -> DataBlocks.of(folder.resolve("none"), 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }
}
