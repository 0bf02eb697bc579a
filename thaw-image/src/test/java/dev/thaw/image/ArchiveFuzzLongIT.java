package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged archives end in a file system or in an error of ours, and in nothing else. */
class ArchiveFuzzLongIT {
    private static final int ROUNDS = 20_000;
    private static final ImageLimits LIMITS = new ImageLimits(8, 5000, 8 << 20, 64 << 10);

    @TempDir
    Path directory;

    @Test
    void neverFailsOtherwise() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        byte[] archive = sample(random);
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            if (round % 500 == 0) {
                archive = sample(random);
            }
            Path file = directory.resolve("fs");
            try {
                Flattening.flatten(directory, file, LIMITS, damaged(archive, random));
                try (ErofsReader reader = new ErofsReader(file)) {
                    assertThat(Listing.of(reader)).containsKey("/");
                }
                read++;
            } catch (ImageException e) {
                assertThat(e).hasMessageMatching("(?s).{20,}");
            }
            Files.deleteIfExists(file);
            try (Stream<Path> left = Files.list(directory)) {
                assertThat(left).isEmpty();
            }
        }
        System.out.println("read " + read + " of " + ROUNDS);
        assertThat(read).isPositive().isLessThan(ROUNDS);
    }

    private static byte[] sample(Random random) {
        return new TarBuilder()
                .raw(java.util.Arrays.copyOf(new TreeOfAllKinds(random.nextLong()).archive(), 20_480))
                .unfinished();
    }

    private static byte[] damaged(byte[] archive, Random random) {
        byte[] bytes = archive.clone();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = (byte) "0123456789/. \0=,x".charAt(random.nextInt(17));
                default -> bytes = java.util.Arrays.copyOf(bytes, Math.max(at, 512));
            }
            // Half of the damage gets past the checksum.
            int header = at - at % 512;
            if (random.nextBoolean() && header + 512 <= bytes.length) {
                byte[] block = java.util.Arrays.copyOfRange(bytes, header, header + 512);
                System.arraycopy(TarBuilder.summed(block), 0, bytes, header, 512);
            }
        }
        return bytes;
    }
}
