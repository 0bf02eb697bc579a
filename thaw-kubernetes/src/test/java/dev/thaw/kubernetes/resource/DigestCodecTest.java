package dev.thaw.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DigestCodecTest {
    @Test
    void keepsItsErrorBounds() {
        long seed = 42;
        Random random = new Random(seed);
        List<SnapshotEntry> entries = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            long total = 1 + (long) Math.exp(random.nextDouble() * 25);
            long present = (long) (total * random.nextDouble());
            entries.add(new SnapshotEntry("snapshot-" + i, present, total, present));
        }
        entries.add(new SnapshotEntry("empty", 0L, 0L, 0L));
        SnapshotDigest digest = DigestCodec.encode(entries);
        ByteBuffer decoded = DigestCodec.decode(digest.count(), digest.entries());
        for (SnapshotEntry entry : entries) {
            long line = decoded.getLong();
            assertThat(DigestCodec.key(line)).isEqualTo(SnapshotKey.of(entry.id()));
            long total = DigestCodec.workingSetBytes(line);
            assertThat(total).as("seed %d, %s", seed, entry).isGreaterThanOrEqualTo(entry.workingSetBytes());
            if (entry.workingSetBytes() >= 1024) {
                assertThat(total)
                        .as("seed %d, %s", seed, entry)
                        .isLessThanOrEqualTo((long) (entry.workingSetBytes() * 1.092) + 1);
            }
            if (entry.workingSetBytes() > 0) {
                double share = (double) DigestCodec.presentBytes(line) / total;
                double real = (double) entry.workingSetPresentBytes() / entry.workingSetBytes();
                assertThat(share).as("seed %d, %s", seed, entry).isLessThanOrEqualTo(real + 1e-12);
                // A 255th, and the byte that a size is rounded down to.
                assertThat(share).as("seed %d, %s", seed, entry).isGreaterThan(real - 1 / 255.0 - 1.0 / total);
            }
        }
    }

    @Test
    void refusesWhatItDidNotWrite() {
        assertThatThrownBy(() -> DigestCodec.decode(2, "AAAAAAAAAAA=")).hasMessageContaining("2 snapshots");
        assertThatThrownBy(() -> DigestCodec.decode(-1, "")).hasMessageContaining("-1");
        assertThatThrownBy(() -> DigestCodec.decode(1, "not base64!")).isInstanceOf(IllegalArgumentException.class);
    }
}
