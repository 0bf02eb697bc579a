package dev.thaw.store.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.thaw.store.Fuzz;
import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.StoreException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Decoders of what packs and block maps consist of, with bytes that nobody wrote. */
class ChunkFuzzTest {
    private static final String DOMAIN = "00112233445566778899aabbccddeeff";
    private static final DataKey KEY = new DataKey(1, new byte[32]);
    private static final PackId PACK = new PackId(1, 2, 3);
    private static final BlockId ID = new BlockId(4, 5);
    private static final int ROUNDS = 20_000;

    private static FrameRef frame(int number, int blocks, int plainBytes) {
        return new FrameRef(DOMAIN, PACK, number, 16 + 1000L * number, 900, blocks, plainBytes, ID);
    }

    private static byte[] map() {
        BlockMapBuilder map = new BlockMapBuilder(100 * Blocks.BYTES + 10);
        FrameRef last = frame(9, 1, 10);
        for (int block = 0; block < 60; block++) {
            map.add(block + block / 7, frame(block / 8, 8, 8 * Blocks.BYTES), block % 8);
        }
        map.add(100, last, 0);
        return BlockMapCodec.encode(map.build());
    }

    private static PackBuilder.Pack pack() {
        try (FrameCipher cipher = new FrameCipher()) {
            Identifier identifier = new Identifier(KEY);
            PackBuilder pack = new PackBuilder(KEY, DOMAIN, cipher, identifier);
            byte[] block = new byte[Blocks.BYTES];
            Random random = new Random(1);
            for (int i = 0; i < 20; i++) {
                random.nextBytes(block);
                pack.add(identifier.block(block, 0, block.length), block, 0, block.length);
            }
            return pack.finish();
        }
    }

    /** Whatever a map says that decodes: every block of it can be looked for, and is in a frame's bounds. */
    private static void useMap(byte[] bytes) throws StoreException {
        BlockMap map = BlockMapCodec.decode("x", bytes);
        long blocks = Blocks.count(map.sizeBytes());
        map.forEachPiece((frame, inFrame, block, count) -> {
            FrameRef ref = map.frames().get(frame);
            assertThat(inFrame).isNotNegative();
            assertThat(inFrame + count).isLessThanOrEqualTo(ref.blocks());
            assertThat(block + count).isLessThanOrEqualTo(blocks);
            assertThat(map.locate(block)).isEqualTo((long) frame << 32 | inFrame);
        });
        assertThat(map.blocks()).isLessThanOrEqualTo(blocks);
    }

    @Test
    void blockMaps() {
        Fuzz fuzz = new Fuzz();
        fuzz.run(map(), ROUNDS, ChunkFuzzTest::useMap);
        fuzz.noise(ROUNDS, ChunkFuzzTest::useMap);
        fuzz.noise(ROUNDS, bytes -> {
            byte[] begun = Arrays.copyOf(new byte[] {1}, bytes.length + 1);
            System.arraycopy(bytes, 0, begun, 1, bytes.length);
            useMap(begun);
        });
    }

    @Test
    void indexes() {
        Fuzz fuzz = new Fuzz();
        byte[] right = pack().index().encode();
        fuzz.run(right, ROUNDS, bytes -> PackIndex.decode(DOMAIN, PACK, bytes));
        fuzz.noise(ROUNDS, bytes -> PackIndex.decode(DOMAIN, PACK, bytes));
    }

    @Test
    void hotMaps() {
        Fuzz fuzz = new Fuzz();
        List<HotMap.HotFrame> frames = new ArrayList<>();
        for (int number = 0; number < 5; number++) {
            List<HotMap.Run> runs = List.of(new HotMap.Run(0, 10 * number, 5), new HotMap.Run(2, number, 3));
            frames.add(new HotMap.HotFrame(frame(number, 8, 8 * Blocks.BYTES), runs));
        }
        byte[] right = new HotMap(PACK, frames).encode();
        Fuzz.Decoder decoder = bytes -> {
            for (HotMap.HotFrame hot : HotMap.decode(DOMAIN, bytes, 300, 10_000).frames()) {
                assertThat(hot.frame().offset()).isGreaterThanOrEqualTo(300);
                assertThat(hot.frame().end()).isLessThanOrEqualTo(10_000);
                assertThat(hot.runs()).allMatch(run -> run.part() <= 2 && run.count() > 0 && run.block() >= 0);
            }
        };
        fuzz.run(right, ROUNDS, decoder);
        fuzz.noise(ROUNDS, decoder);
    }

    @Test
    void endsOfPacks() {
        Fuzz fuzz = new Fuzz();
        PackBuilder.Pack pack = pack();
        ByteBuffer joined = ByteBuffer.allocate((int) pack.lengthBytes());
        pack.pieces().forEach(joined::put);
        byte[] whole = joined.array();
        PackId name = pack.index().pack();
        fuzz.run(whole, ROUNDS / 10, bytes -> PackLayout.index(KEY, DOMAIN, name, bytes, bytes.length));
        byte[] tail = Arrays.copyOfRange(whole, whole.length - PackLayout.FOOTER_BYTES, whole.length);
        fuzz.run(tail, ROUNDS, bytes -> {
            PackLayout.IndexPlace place = PackLayout.indexPlace(name, bytes, whole.length);
            assertThat(place.offset()).isBetween(16L, (long) whole.length);
            assertThat(place.offset() + place.length()).isLessThan(whole.length);
        });
    }

    @Test
    void sealedDocuments() {
        Fuzz fuzz = new Fuzz();
        byte[] right = SealedDocument.seal(KEY, "name", new byte[200]);
        fuzz.run(
                right,
                ROUNDS / 4,
                bytes -> assertThat(SealedDocument.open(KEY, "name", bytes)).isEqualTo(new byte[200]));
        fuzz.noise(ROUNDS, bytes -> SealedDocument.open(KEY, "name", bytes));
    }

    @Test
    void frames() {
        Fuzz fuzz = new Fuzz();
        try (FrameCipher cipher = new FrameCipher()) {
            byte[] plain = new byte[Blocks.FRAME_BYTES];
            Arrays.fill(plain, 0, 20_000, (byte) 7);
            byte[] sealed = new byte[plain.length + FrameCipher.OVERHEAD_BYTES];
            int length = cipher.seal(KEY, PACK, 0, ID, plain, plain.length, sealed, 0);
            byte[] target = new byte[plain.length];
            fuzz.run(Arrays.copyOf(sealed, length), ROUNDS / 10, bytes -> {
                if (bytes.length > 0) {
                    FrameRef frame = new FrameRef(DOMAIN, PACK, 0, 16, bytes.length, 8, plain.length, ID);
                    cipher.open(KEY, frame, bytes, 0, target);
                    assertThat(target).isEqualTo(plain);
                }
            });
        }
    }

    @Test
    void namesOfPacks() {
        Fuzz fuzz = new Fuzz();
        fuzz.run(PACK.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII), ROUNDS, bytes -> {
            String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
            assertThat(PackId.parse(text)).hasToString(text);
        });
    }

    private static ByteWriter mapOf(long sizeBytes, long packs) {
        return new ByteWriter().number(1).number(sizeBytes).number(packs);
    }

    private static ByteWriter mapOfFrame(long sizeBytes, int blocks, int lacking) {
        ByteWriter map = mapOf(sizeBytes, 1);
        return map.raw(new byte[36], 0, 36)
                .number(1)
                .number(0)
                .number(0)
                .number(16)
                .number(900)
                .number(blocks)
                .number(lacking)
                .id(ID);
    }

    private static void assertCorrupt(ByteWriter bytes, String message) {
        assertThatThrownBy(() -> useMap(bytes.toBytes()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(StoreException.Code.CORRUPT))
                .hasMessageContaining(message);
    }

    @Test
    void refusesMapsThatCannotBe() throws StoreException {
        long most = Integer.MAX_VALUE;
        assertCorrupt(mapOf(Long.MAX_VALUE, 0), "size");
        assertCorrupt(mapOf((1L << 40) + 1, 0), "size");
        assertCorrupt(mapOf(4096, most), "packs");
        assertCorrupt(mapOf(4096, 0).number(most), "frames");
        assertCorrupt(mapOf(4096, 0).number(0).number(most), "runs");
        assertCorrupt(mapOfFrame(8192, 65, 0).number(0), "blocks");
        assertCorrupt(mapOfFrame(8192, 0, 0).number(0), "frame that cannot be");
        assertCorrupt(mapOfFrame(8192, 1, 4096).number(0), "frame that cannot be");
        useMap(mapOfFrame(8192, 2, 0).number(1).number(0).number(2).signed(0).toBytes());
        assertCorrupt(mapOfFrame(8192, 2, 0).number(1).number(0).number(3).signed(0), "run's length");
        assertCorrupt(mapOfFrame(8192, 2, 0).number(1).number(1).number(2).signed(0), "run's length");
        assertCorrupt(mapOfFrame(8192, 2, 0).number(1).number(3).number(1).signed(0), "zeros");
        assertCorrupt(mapOfFrame(8192, 2, 0).number(1).number(0).number(2).signed(1), "outside");
        assertCorrupt(mapOfFrame(8192, 2, 0).number(1).number(0).number(1).signed(-1), "outside");
        assertCorrupt(mapOfFrame(8192, 2, 0).number(1).number(0).number(1).signed(1L << 60), "outside");
        assertCorrupt(mapOfFrame(8192, 2, 0).number(1).number(0).number(0).signed(0), "outside");
        // The short end of an image is not as good as a whole block.
        assertCorrupt(mapOfFrame(8192, 2, 1).number(1).number(0).number(2).signed(0), "more of a frame");
        assertCorrupt(mapOfFrame(8192, 2, 1).number(1).number(0).number(1).signed(1), "more of a frame");
        useMap(mapOfFrame(8191, 2, 1).number(1).number(0).number(2).signed(0).toBytes());
    }

    @Test
    void saysWhichVersionItCannotRead() {
        assertThatThrownBy(() -> useMap(new ByteWriter().number(2).toBytes()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(StoreException.Code.UNSUPPORTED))
                .hasMessageContaining("version 2");
    }

    /** Counts are checked against what is there before anything is made for them. */
    @Test
    void promisesCostNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[][] promises = {
            mapOf(1L << 40, Integer.MAX_VALUE).toBytes(),
            mapOf(1L << 40, 0).number(Integer.MAX_VALUE).toBytes(),
            mapOf(1L << 40, 0).number(0).number(Integer.MAX_VALUE).toBytes(),
        };
        long before = threads.getCurrentThreadAllocatedBytes();
        for (byte[] promise : promises) {
            assertThatThrownBy(() -> BlockMapCodec.decode("x", promise)).isInstanceOf(StoreException.class);
        }
        byte[] frames = new ByteWriter().number(3_000_000).toBytes();
        assertThatThrownBy(() -> PackIndex.decode(DOMAIN, PACK, frames)).isInstanceOf(StoreException.class);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8 << 20);
    }

    /** What decodes takes memory in proportion to its own length. */
    @Test
    void manyFramesTakeMemoryInProportion() throws StoreException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int count = 20_000;
        ByteWriter map = mapOf(4096L * count, 1).raw(new byte[36], 0, 36).number(count);
        for (int i = 0; i < count; i++) {
            map.number(0).number(i).number(16).number(900).number(1).number(0).id(ID);
        }
        byte[] bytes = map.number(1).number(0).number(count).signed(0).toBytes();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(BlockMapCodec.decode("x", bytes).frames()).hasSize(count);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(30L * bytes.length);
    }
}
