package dev.thaw.cli.bench.reads;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * Reads files below a folder and says how long it took, in a process of its own: who serves a mount must not read it. Arguments: the folder, a file that lists paths in it, and
 * {@code sequential} and the length of a read in bytes, or {@code random}, the number of reads and a seed. Prints bytes, nanoseconds, the median and the 99th percentile of single reads in nanoseconds, and a checksum
 * of what was read.
 */
public final class ReadsMain {
    private static final int RANDOM_BYTES = 4 << 10;

    private final List<FileChannel> files = new ArrayList<>();
    private final CRC32C sum = new CRC32C();
    private long bytes;

    private ReadsMain() {}

    public static void main(String[] arguments) throws IOException {
        ReadsMain main = new ReadsMain();
        for (String path : Files.readAllLines(Path.of(arguments[1]))) {
            main.files.add(FileChannel.open(Path.of(arguments[0]).resolve(path), StandardOpenOption.READ));
        }
        long begin = System.nanoTime();
        long[] single = arguments[2].equals("random")
                ? main.random(Integer.parseInt(arguments[3]), new Random(Long.parseLong(arguments[4])))
                : main.sequential(Integer.parseInt(arguments[3]));
        long nanos = System.nanoTime() - begin;
        Arrays.sort(single);
        System.out.println(main.bytes + " " + nanos + " " + percentile(single, 50) + " " + percentile(single, 99) + " "
                + main.sum.getValue());
        for (FileChannel file : main.files) {
            file.close();
        }
    }

    private static long percentile(long[] sorted, int percent) {
        return sorted[Math.max(0, (int) Math.ceil(percent / 100.0 * sorted.length) - 1)];
    }

    private long[] sequential(int readBytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(readBytes);
        List<Long> single = new ArrayList<>();
        for (FileChannel file : files) {
            long size = file.size();
            for (long at = 0; at < size; at += buffer.limit()) {
                long begin = System.nanoTime();
                read(file, buffer.clear(), at);
                single.add(System.nanoTime() - begin);
            }
        }
        return single.stream().mapToLong(Long::longValue).toArray();
    }

    private long[] random(int reads, Random random) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(RANDOM_BYTES);
        long[] firstBlocks = new long[files.size() + 1];
        for (int i = 0; i < files.size(); i++) {
            firstBlocks[i + 1] = firstBlocks[i] + files.get(i).size() / RANDOM_BYTES;
        }
        long[] single = new long[reads];
        for (int i = 0; i < reads; i++) {
            long block = random.nextLong(firstBlocks[files.size()]);
            int found = Arrays.binarySearch(firstBlocks, block);
            int file = found >= 0 ? lastAt(firstBlocks, found) : -found - 2;
            long begin = System.nanoTime();
            read(files.get(file), buffer.clear(), (block - firstBlocks[file]) * RANDOM_BYTES);
            single[i] = System.nanoTime() - begin;
        }
        return single;
    }

    /** Files without a whole block begin where the next begins. */
    private static int lastAt(long[] firstBlocks, int found) {
        int last = found;
        while (firstBlocks[last + 1] == firstBlocks[found]) {
            last++;
        }
        return last;
    }

    private void read(FileChannel file, ByteBuffer buffer, long at) throws IOException {
        int most = (int) Math.min(buffer.capacity(), file.size() - at);
        buffer.limit(most);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, at + buffer.position()) < 0) {
                throw new IOException("A file ends before its size.");
            }
        }
        bytes += most;
        sum.update(buffer.flip());
    }
}
