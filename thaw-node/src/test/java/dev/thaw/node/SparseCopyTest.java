package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseCopyTest {
    @TempDir
    Path folder;

    @Test
    void isTheSameBytesInFewerBlocks() throws Exception {
        long seed = Long.getLong("thaw.seed", System.nanoTime());
        System.out.println("thaw.seed=" + seed);
        Random random = new Random(seed);
        for (int size : new int[] {1, 4_096, 5_000, 1 << 20, (3 << 20) + 77, 8 << 20}) {
            byte[] bytes = new byte[size];
            for (int i = 0; i < size / 50_000; i++) {
                // Single bytes, runs over blocks, and runs over windows.
                int begin = random.nextInt(size);
                int length = Math.min(size - begin, 1 + random.nextInt(i % 3 == 0 ? 1 : 9_000));
                for (int at = begin; at < begin + length; at++) {
                    bytes[at] = (byte) (1 + random.nextInt(255));
                }
            }
            Path from = Files.write(folder.resolve("from-" + size), bytes);
            Path to = Files.createFile(folder.resolve("to-" + size));
            SparseCopy.copy(from, to);
            assertThat(Files.readAllBytes(to)).as("%d bytes", size).isEqualTo(bytes);
        }
    }
}
