package dev.thaw.cache.frame;

import static dev.thaw.store.TestFrames.key;
import static dev.thaw.store.TestFrames.keys;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.cache.EvictionReason;
import dev.thaw.store.TestFrames;
import dev.thaw.store.chunk.BlockId;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameCipher;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is done to the files of a cache: it opens, readers find right frames or none, and it works on. */
class FrameDamageTest {
    private static final int FRAMES = 60;
    private static final long LARGE = 10 << 20;

    @TempDir
    Path directory;

    private final DataKey dataKey = new DataKey(1, new byte[DataKey.BYTES]);
    private final FrameCipher cipher = new FrameCipher();
    private final Map<FrameKey, FrameRef> refs = new HashMap<>();
    private final Map<FrameKey, byte[]> sealed = new HashMap<>();

    @BeforeEach
    void fill() throws Exception {
        byte[] target = new byte[Blocks.FRAME_BYTES + FrameCipher.OVERHEAD_BYTES];
        for (FrameKey key : keys(0, FRAMES)) {
            byte[] plain = plain(key);
            BlockId identity = new BlockId(key.number(), 1);
            int length = cipher.seal(dataKey, key.pack(), key.number(), identity, plain, plain.length, target, 0);
            refs.put(
                    key,
                    new FrameRef(
                            "d",
                            key.pack(),
                            key.number(),
                            0,
                            length,
                            plain.length / Blocks.BYTES,
                            plain.length,
                            identity));
            sealed.put(key, Arrays.copyOf(target, length));
        }
        try (DiskFrameCache cache = FrameBench.open(directory, LARGE)) {
            sealed.forEach((key, bytes) -> cache.put(key, bytes.clone()));
        }
    }

    @AfterEach
    void close() {
        cipher.close();
    }

    private static byte[] plain(FrameKey key) {
        return TestFrames.bytes(key, Blocks.BYTES * (1 + key.number() % Blocks.PER_FRAME));
    }

    /** Reads all as a thaw does. @return how many opened */
    private int readAll(DiskFrameCache cache) throws StoreException {
        int opened = 0;
        for (FrameKey key : keys(0, FRAMES)) {
            Optional<byte[]> found = cache.get(key);
            if (found.isPresent() && opens(key, found.get())) {
                opened++;
            } else {
                cache.discard(key);
            }
        }
        return opened;
    }

    private boolean opens(FrameKey key, byte[] found) throws StoreException {
        FrameRef ref = requireNonNull(refs.get(key));
        byte[] target = new byte[ref.plainBytes()];
        try {
            if (found.length != ref.length()) {
                return false;
            }
            cipher.open(dataKey, ref, found, 0, target);
        } catch (StoreException e) {
            assertThat(e.code()).isEqualTo(StoreException.Code.CORRUPT);
            return false;
        }
        assertThat(target).isEqualTo(plain(key));
        return true;
    }

    /** It opens, gives at least so many, takes the others again, and has them after a restart. */
    private void assertHeals(int least, int most) throws Exception {
        try (DiskFrameCache cache = FrameBench.open(directory, LARGE)) {
            assertThat(readAll(cache)).isBetween(least, most);
            sealed.forEach((key, bytes) -> cache.put(key, bytes.clone()));
            assertThat(readAll(cache)).isEqualTo(FRAMES);
            FrameBench.assertCountsRight(directory, cache, LARGE);
            assertThat(readAll(cache)).isEqualTo(FRAMES);
        }
        try (DiskFrameCache cache = FrameBench.open(directory, LARGE)) {
            assertThat(readAll(cache)).isEqualTo(FRAMES);
        }
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private void change(String name, UnaryOperator<byte[]> change) throws IOException {
        Files.write(file(name), change.apply(Files.readAllBytes(file(name))));
    }

    @Test
    void flippedDataCostTheirFrame() throws Exception {
        change("data", bytes -> {
            bytes[Slots.BYTES + 5] ^= 1;
            return bytes;
        });
        assertHeals(FRAMES - 1, FRAMES - 1);
    }

    @Test
    void framesThatChangedPlacesDoNotOpen() throws Exception {
        change("data", bytes -> {
            byte[] first = Arrays.copyOf(bytes, Slots.BYTES);
            System.arraycopy(bytes, 20 * Slots.BYTES, bytes, 0, Slots.BYTES);
            System.arraycopy(first, 0, bytes, 20 * Slots.BYTES, Slots.BYTES);
            return bytes;
        });
        assertHeals(FRAMES - 2, FRAMES - 2);
    }

    @Test
    void dataThatEndTooSoonCostTheirFrames() throws Exception {
        change("data", bytes -> Arrays.copyOf(bytes, bytes.length / 2));
        assertHeals(FRAMES / 4, FRAMES - 1);
    }

    @Test
    void withoutDataThereIsNothing() throws Exception {
        Files.delete(file("data"));
        assertHeals(0, 0);
    }

    @Test
    void dataThatEndTooSoonWhileItIsOpenAreMisses() throws Exception {
        try (DiskFrameCache cache = FrameBench.open(directory, LARGE)) {
            Files.write(file("data"), new byte[0]);
            assertThat(readAll(cache)).isZero();
            assertThat(cache.stats().evictions().get(EvictionReason.CORRUPT)).isEqualTo(FRAMES);
            assertThat(cache.stats().faults()).isEqualTo(FRAMES);
            assertThat(cache.stats().usedBytes()).isZero();
        }
        assertHeals(0, 0);
    }

    @Test
    void aDamagedRecordCostsItsFrame() throws Exception {
        change("journal", bytes -> {
            bytes[FrameRecord.BYTES * 7 + 30] ^= 1;
            return bytes;
        });
        assertHeals(FRAMES - 1, FRAMES - 1);
    }

    @Test
    void aJournalThatEndsInARecordCostsThatFrame() throws Exception {
        change("journal", bytes -> Arrays.copyOf(bytes, bytes.length - 10));
        assertHeals(FRAMES - 1, FRAMES - 1);
    }

    @Test
    void withoutAJournalThereIsNothing() throws Exception {
        Files.delete(file("journal"));
        assertHeals(0, 0);
    }

    @Test
    void aJournalOfAnotherVersionIsNone() throws Exception {
        change("journal", bytes -> {
            ByteBuffer header = ByteBuffer.wrap(bytes).putInt(8, 2);
            header.putInt(60, FrameRecord.checksum(header, 0));
            return bytes;
        });
        assertHeals(0, 0);
    }

    @Test
    void aJournalWithoutItsHeaderIsNone() throws Exception {
        change("journal", bytes -> Arrays.copyOfRange(bytes, FrameRecord.BYTES, bytes.length));
        assertHeals(0, 0);
    }

    @Test
    void anEmptyJournalIsNone() throws Exception {
        change("journal", bytes -> new byte[0]);
        assertHeals(0, 0);
    }

    @Test
    void aRecordOfSlotsThatAreOthersByNowIsPassedOver() throws Exception {
        change("journal", bytes -> {
            byte[] more = Arrays.copyOf(bytes, bytes.length + FrameRecord.BYTES);
            new FrameRecord(key(FRAMES + 1), 2 * Slots.BYTES, 1, Extents.of(0, 2))
                    .write(ByteBuffer.wrap(more).position(bytes.length));
            return more;
        });
        try (DiskFrameCache cache = FrameBench.open(directory, LARGE)) {
            assertThat(cache.has(key(FRAMES + 1))).as("the newest record").isTrue();
            assertThat(readAll(cache)).isBetween(FRAMES - 2, FRAMES - 1);
        }
        assertHeals(FRAMES - 2, FRAMES - 1);
    }

    @Test
    void randomDamageIsNeverGivenAsAFrame() throws Exception {
        long seed = Long.getLong("thaw.seed", new Random().nextLong());
        System.out.println("thaw.seed=" + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            String name = random.nextBoolean() ? "data" : "journal";
            change(name, bytes -> damaged(bytes, random));
            try (DiskFrameCache cache = FrameBench.open(directory, LARGE)) {
                readAll(cache);
                sealed.forEach((key, bytes) -> cache.put(key, bytes.clone()));
                cache.drain();
                assertThat(readAll(cache)).as("seed %d round %d", seed, round).isEqualTo(FRAMES);
            }
        }
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        int unit = random.nextBoolean() ? FrameRecord.BYTES : Slots.BYTES;
        int units = Math.max(1, bytes.length / unit);
        switch (random.nextInt(4)) {
            case 0 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            }
            case 1 -> {
                return Arrays.copyOf(bytes, bytes.length + random.nextInt(3 * unit));
            }
            case 2 -> {
                int from = random.nextInt(units) * unit;
                int to = random.nextInt(units) * unit;
                int length = Math.min(unit, bytes.length - Math.max(from, to));
                System.arraycopy(bytes, from, bytes, to, length);
            }
            default -> {
                for (int i = 0; i < 1 + random.nextInt(20); i++) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return bytes;
    }
}
