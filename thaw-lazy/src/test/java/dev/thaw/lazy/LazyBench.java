package dev.thaw.lazy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.HdrHistogram.Histogram;

/**
 * What reading through a mount costs, the source being in memory: {@code LazyBench DIRECTORY [SOURCE_DELAY_US]}. Reads are a child process's; each row has a page cache
 * of its own to fill.
 */
final class LazyBench {
    private static final int SIZE = 256 << 20;
    private static final int RANDOM_READS = 40_000;

    private LazyBench() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("read")) {
            System.out.println(measure(Path.of(args[1]), args[2], Integer.parseInt(args[3])));
            return;
        }
        Path directory = Path.of(args[0]);
        long delayMicros = args.length > 1 ? Long.parseLong(args[1]) : 0;
        byte[] bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        push(directory, bytes);
        try (var scheduler = Executors.newScheduledThreadPool(2)) {
            for (int readAhead : new int[] {0, 64 << 10, 128 << 10, 1 << 20}) {
                for (String how : List.of("random", "mapped", "sequential", "again")) {
                    for (int threads : how.equals("random") ? new int[] {1, 8, 32} : new int[] {1}) {
                        if (!how.equals("random") || readAhead == 0) {
                            MemoryImageSource source = new MemoryImageSource(bytes);
                            if (delayMicros > 0) {
                                source.slow(Duration.ofNanos(delayMicros * 1000), scheduler);
                            }
                            row(directory, source, readAhead, how, threads);
                        }
                    }
                }
            }
        }
    }

    private static void push(Path directory, byte[] bytes) throws Exception {
        MemorySegment image = Arena.ofAuto().allocate(SIZE, 4096);
        MemorySegment.copy(bytes, 0, image, ValueLayout.JAVA_BYTE, 0, SIZE);
        LazyMountSettings settings = LazyMountSettings.forMemory(directory.resolve("m"), directory.resolve("bin"));
        for (int length : new int[] {4 << 10, 64 << 10, 1 << 20}) {
            try (LazyMount mount = LazyMount.open(settings);
                    LazyFile file = mount.add("image", new MemoryImageSource(bytes))) {
                CompletableFuture<Long> last = CompletableFuture.completedFuture(0L);
                long start = System.nanoTime();
                for (long at = 0; at < SIZE; at += length) {
                    last = file.push(at, image.asSlice(at, length));
                }
                last.get();
                System.out.printf(
                        Locale.ROOT,
                        "push       in %7d bytes: %6.0f MB/s; %s%n",
                        length,
                        SIZE * 1e3 / (System.nanoTime() - start),
                        child(file.path(), "sequential", 1) + " read afterwards, READs "
                                + file.touches().reads());
            }
        }
    }

    private static void row(Path directory, MemoryImageSource source, int readAhead, String how, int threads)
            throws Exception {
        LazyMountSettings settings = LazyMountSettings.forMemory(directory.resolve("m"), directory.resolve("bin"))
                .withReadAhead(readAhead);
        try (LazyMount mount = LazyMount.open(settings);
                LazyFile file = mount.add("image", source)) {
            String line = child(file.path(), how, threads);
            Histogram latencies = file.touches().latencies();
            System.out.printf(
                    Locale.ROOT,
                    "%-10s threads %2d readahead %7d: %s; READs %6d, in the server p50 %.1f us p99 %.1f us%n",
                    how,
                    threads,
                    readAhead,
                    line,
                    file.touches().reads(),
                    latencies.getValueAtPercentile(50) / 1e3,
                    latencies.getValueAtPercentile(99) / 1e3);
        }
    }

    private static String child(Path file, String how, int threads) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LazyBench.class.getName(),
                        "read",
                        file.toString(),
                        how,
                        String.valueOf(threads))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = process.getInputStream()) {
            String line = new String(out.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IOException("the reader failed");
            }
            return line;
        }
    }

    private static String measure(Path path, String how, int threads) throws Exception {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            return switch (how) {
                case "random" -> random(file, threads);
                case "again" -> {
                    sequential(file);
                    yield sequential(file);
                }
                case "mapped" -> mapped(file);
                default -> sequential(file);
            };
        }
    }

    private static String sequential(FileChannel file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(128 << 10);
        long start = System.nanoTime();
        for (long at = 0; at < SIZE; at += buffer.capacity()) {
            file.read(buffer.clear(), at);
        }
        return String.format(Locale.ROOT, "%6.0f MB/s", SIZE * 1e3 / (System.nanoTime() - start));
    }

    private static String mapped(FileChannel file) throws IOException {
        var map = file.map(FileChannel.MapMode.READ_ONLY, 0, SIZE);
        long sum = 0;
        long start = System.nanoTime();
        for (int at = 0; at < SIZE; at += 4096) {
            sum += map.get(at);
        }
        return String.format(Locale.ROOT, "%6.0f MB/s (sum %d)", SIZE * 1e3 / (System.nanoTime() - start), sum);
    }

    private static String random(FileChannel file, int threads) throws Exception {
        Histogram latencies = new Histogram(60_000_000_000L, 2);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < SIZE / 4096; i++) {
            order.add(i);
        }
        java.util.Collections.shuffle(order, new Random(2));
        List<Thread> all = new ArrayList<>();
        long start = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            int mine = t;
            all.add(Thread.ofPlatform().start(() -> {
                Histogram own = new Histogram(60_000_000_000L, 2);
                ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
                for (int i = mine; i < RANDOM_READS; i += threads) {
                    long before = System.nanoTime();
                    try {
                        file.read(buffer.clear(), order.get(i) * 4096L);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                    own.recordValue(System.nanoTime() - before);
                }
                synchronized (latencies) {
                    latencies.add(own);
                }
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        long nanos = System.nanoTime() - start;
        return String.format(
                Locale.ROOT,
                "%6.0f reads/s, p50 %.1f us, p99 %.1f us",
                RANDOM_READS * 1e9 / nanos,
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3);
    }
}
