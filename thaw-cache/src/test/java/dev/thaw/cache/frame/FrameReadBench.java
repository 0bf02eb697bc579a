package dev.thaw.cache.frame;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.eviction.Eviction;
import dev.thaw.store.DataSize;
import dev.thaw.store.chunk.BlockId;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameCipher;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.PackId;
import dev.thaw.store.key.DataKey;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What a core reads and verifies from the cache: frames of a frozen memory's non-zero blocks, the page cache warm, in
 * plain bytes a second of processor time. Then how long a cache of many frames takes to open.
 *
 * <p>{@code java -cp … dev.thaw.cache.frame.FrameReadBench DIRECTORY MEMORY-FILE…}
 */
final class FrameReadBench {
    private static final String DOMAIN = "d";
    private static final long PLAIN_BYTES = 192 << 20;
    private static final int IN_PACK = 1_000;
    private static final int ROUNDS = 7;
    private static final int MANY = 100_000;

    private final DataKey key = new DataKey(1, new byte[DataKey.BYTES]);
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Path directory;

    private FrameReadBench(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] args) throws Exception {
        FrameReadBench bench = new FrameReadBench(Path.of(args[0]));
        byte[] plain = nonZeroBlocks(Arrays.stream(args).skip(1).map(Path::of).toList());
        for (int blocks : new int[] {4, 8, 16}) {
            bench.read(plain, blocks * Blocks.BYTES);
        }
        bench.open();
    }

    private static byte[] nonZeroBlocks(List<Path> files) throws IOException {
        byte[] plain = new byte[(int) PLAIN_BYTES];
        byte[] zero = new byte[Blocks.BYTES];
        int filled = 0;
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                byte[] block = in.readNBytes(Blocks.BYTES);
                while (block.length == Blocks.BYTES && filled < plain.length) {
                    if (!Arrays.equals(block, zero)) {
                        System.arraycopy(block, 0, plain, filled, block.length);
                        filled += block.length;
                    }
                    block = in.readNBytes(Blocks.BYTES);
                }
            }
        }
        return Arrays.copyOf(plain, filled);
    }

    private void read(byte[] plain, int frameBytes) throws Exception {
        Path folder = directory.resolve("frames-" + frameBytes);
        try (DiskFrameCache cache = DiskFrameCache.open(
                        folder,
                        new FrameCacheConfig(
                                CacheBounds.of(DataSize.ofGibibytes(2)), Eviction.LRU, DataSize.ofGibibytes(1)));
                FrameCipher cipher = new FrameCipher()) {
            List<FrameRef> frames = fill(cache, cipher, plain, frameBytes);
            cache.drain();
            Collections.shuffle(frames, new Random(1));
            byte[] target = new byte[frameBytes];
            double best = 0;
            double bestGet = 0;
            double bestOpen = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long start = threads.getCurrentThreadCpuTime();
                long get = 0;
                for (FrameRef frame : frames) {
                    byte[] sealed = cache.get(frame.key()).orElseThrow();
                    cipher.open(key, frame, sealed, 0, target);
                }
                long both = threads.getCurrentThreadCpuTime() - start;
                start = threads.getCurrentThreadCpuTime();
                for (FrameRef frame : frames) {
                    get += cache.get(frame.key()).orElseThrow().length;
                }
                long gets = threads.getCurrentThreadCpuTime() - start;
                best = Math.max(best, (double) plain.length / both);
                bestGet = Math.max(bestGet, (double) get / gets);
                bestOpen = Math.max(bestOpen, (double) plain.length / (both - gets));
            }
            double ratio = (double) plain.length
                    / frames.stream().mapToLong(FrameRef::length).sum();
            long pieces = frames.size();
            System.out.printf(
                    Locale.ROOT,
                    "frame_bytes=%d frames=%d ratio=%.2f read_verified_GBps=%.2f get_sealed_GBps=%.2f open_GBps=%.2f%n",
                    frameBytes,
                    pieces,
                    ratio,
                    best,
                    bestGet,
                    bestOpen);
        }
    }

    private List<FrameRef> fill(DiskFrameCache cache, FrameCipher cipher, byte[] plain, int frameBytes) {
        List<FrameRef> frames = new ArrayList<>();
        byte[] frame = new byte[frameBytes];
        byte[] sealed = new byte[frameBytes + FrameCipher.OVERHEAD_BYTES];
        PackId pack = PackId.random(1);
        for (int at = 0; at + frameBytes <= plain.length; at += frameBytes) {
            int number = frames.size() % IN_PACK;
            pack = number == 0 ? PackId.random(1) : pack;
            BlockId identity = new BlockId(at, frameBytes);
            System.arraycopy(plain, at, frame, 0, frameBytes);
            int length = cipher.seal(key, pack, number, identity, frame, frameBytes, sealed, 0);
            FrameRef ref =
                    new FrameRef(DOMAIN, pack, number, 0, length, frameBytes / Blocks.BYTES, frameBytes, identity);
            cache.put(ref.key(), Arrays.copyOf(sealed, length));
            frames.add(ref);
        }
        return frames;
    }

    private void open() throws Exception {
        Path folder = directory.resolve("many");
        FrameCacheConfig config =
                new FrameCacheConfig(CacheBounds.of(DataSize.ofGibibytes(4)), Eviction.LRU, DataSize.ofGibibytes(2));
        PackId pack = PackId.random(1);
        try (DiskFrameCache cache = DiskFrameCache.open(folder, config)) {
            for (int i = 0; i < MANY; i++) {
                pack = i % IN_PACK == 0 ? PackId.random(1) : pack;
                cache.put(new FrameKey(pack, i % IN_PACK), new byte[200 + i % 13_000]);
            }
            cache.drain();
            System.out.println("put: " + cache.stats());
        }
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            DiskFrameCache cache = DiskFrameCache.open(folder, config);
            long millis = (System.nanoTime() - start) / 1_000_000;
            System.out.println("open_ms=" + millis + " frames=" + cache.stats().frames());
            cache.close();
        }
    }
}
