package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;

/** A process that reads files of a mount of the test's. One command a line, one answer a line. */
final class ReaderMain {
    private static final Map<String, FileChannel> OPEN = new HashMap<>();

    private ReaderMain() {}

    public static void main(String[] args) throws IOException {
        System.out.println("at work");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                System.out.println(run(line.split(" ")));
            } catch (IOException | UncheckedIOException e) {
                System.out.println("error " + e.getMessage());
            } catch (InternalError e) {
                System.out.println("error fault"); // the JVM's word for SIGBUS in a mapped file
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static FileChannel file(String path) {
        return requireNonNull(OPEN.get(path), "not open");
    }

    private static String run(String[] words) throws IOException, InterruptedException {
        switch (words[0]) {
            case "open" -> {
                OPEN.put(words[1], FileChannel.open(Path.of(words[1]), StandardOpenOption.READ));
                return "done";
            }
            case "close" -> {
                file(words[1]).close();
                OPEN.remove(words[1]);
                return "done";
            }
            case "read" -> {
                return String.valueOf(read(file(words[1]), Long.parseLong(words[2]), Integer.parseInt(words[3])));
            }
            case "map" -> {
                return String.valueOf(map(file(words[1]), Long.parseLong(words[2]), Integer.parseInt(words[3])));
            }
            case "random" -> {
                return random(file(words[1]), Long.parseLong(words[2]), Integer.parseInt(words[3]), words[4]);
            }
            case "spread" -> {
                return spread(file(words[1]), Integer.parseInt(words[2]));
            }
            default -> throw new IOException("unknown command " + words[0]);
        }
    }

    static long read(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
            // until all is there
        }
        return crc(buffer.flip());
    }

    private static long map(FileChannel channel, long offset, int length) throws IOException {
        // Copied first: a fault in the middle of a checksum would end the JVM.
        ByteBuffer copy = ByteBuffer.allocate(length);
        copy.put(channel.map(FileChannel.MapMode.READ_ONLY, offset, length));
        return crc(copy.flip());
    }

    static long crc(ByteBuffer bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    /** Ranges that are the same for the same seed, by reading or by mapping; the sum of their checksums. */
    private static String random(FileChannel channel, long seed, int count, String how) throws IOException {
        Random random = new Random(seed);
        long size = channel.size();
        long sum = 0;
        for (int i = 0; i < count; i++) {
            long offset = random.nextLong(size);
            int length = (int) Math.min(1 + random.nextInt(200_000), size - offset);
            sum += how.equals("map") ? map(channel, offset, length) : read(channel, offset, length);
        }
        return String.valueOf(sum);
    }

    /** Many threads, each reading a part of its own in blocks; says who is done after each. */
    private static String spread(FileChannel channel, int threads) throws IOException, InterruptedException {
        long part = channel.size() / threads;
        List<Thread> all = new ArrayList<>();
        long[] sums = new long[threads];
        for (int i = 0; i < threads; i++) {
            int mine = i;
            all.add(Thread.ofPlatform().start(() -> {
                try {
                    for (long at = 0; at < part; at += 4096) {
                        sums[mine] += read(channel, mine * part + at, 4096);
                    }
                    synchronized (ReaderMain.class) {
                        System.out.println("thread " + mine);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        long sum = 0;
        for (int i = 0; i < threads; i++) {
            all.get(i).join();
            sum += sums[i];
        }
        return "sum " + sum;
    }
}
