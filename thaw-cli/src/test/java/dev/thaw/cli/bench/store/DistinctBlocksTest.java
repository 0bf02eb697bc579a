package dev.thaw.cli.bench.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistinctBlocksTest {
    private static final int BLOCK = DistinctBlocks.BLOCK_BYTES;

    @TempDir
    private Path folder;

    private Path file(String name, int... blocks) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int fill : blocks) {
            byte[] block = new byte[BLOCK];
            Arrays.fill(block, (byte) fill);
            bytes.write(block);
        }
        return Files.write(folder.resolve(name), bytes.toByteArray());
    }

    @Test
    void zeroAndRepeatedBlocksAreCountedOnceInAllFiles() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DistinctBlocks blocks = DistinctBlocks.copy(List.of(file("a", 0, 1, 2, 1), file("b", 2, 0, 3)), out);
        assertThat(blocks).isEqualTo(new DistinctBlocks(7L * BLOCK, 5L * BLOCK, 3L * BLOCK));
        assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(file("c", 1, 2, 3)));
    }

    @Test
    void theLastBlockMayBeShort() throws Exception {
        Path file = Files.write(folder.resolve("a"), new byte[] {1, 2, 3});
        assertThat(DistinctBlocks.copy(List.of(file), OutputStream.nullOutputStream()))
                .isEqualTo(new DistinctBlocks(3, 3, 3));
    }
}
