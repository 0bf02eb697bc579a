package dev.thaw.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A body of a gibibyte, in and out at once. */
class StreamingTest {
    private static final long BODY_BYTES = 1L << 30;
    private static final long MOST_BYTES_HELD = 48L << 20;

    @TempDir
    Path folder;

    /** Sends back what comes, byte for byte; reads no more than the head of the request by itself. */
    private static void mirror(InputStream input, OutputStream output) throws IOException {
        DataInputStream data = new DataInputStream(input);
        int newlines = 0;
        while (newlines < 2) {
            int c = data.read();
            newlines = c == '\n' ? newlines + 1 : c == '\r' ? newlines : 0;
        }
        output.write(("HTTP/1.1 200 OK\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n").getBytes(US_ASCII));
        byte[] buffer = new byte[64 << 10];
        long left = BODY_BYTES;
        while (left > 0) {
            int count = data.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (count < 0) {
                throw new IOException("ended with " + left + " bytes to come");
            }
            output.write(buffer, 0, count);
            left -= count;
        }
        output.flush();
    }

    @Test
    void aGibibyteStreamsBothWaysInConstantMemory() throws Exception {
        try (ExecutorService threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory());
                DaemonFixture fixture = new DaemonFixture(
                        folder, Map.of("mirror", (memory, input, output) -> mirror(input, output)), Map.of())) {
            fixture.deploy("mirror", "mirror", "");
            URI server = fixture.daemon.address();
            System.gc();
            long before = heldBytes();
            AtomicBoolean sending = new AtomicBoolean(true);
            Future<Long> most = threads.submit(() -> watch(sending));
            try (Socket socket = new Socket(server.getHost(), server.getPort())) {
                Future<?> sent = threads.submit(() -> send(socket));
                assertThat(receive(socket)).isEqualTo(BODY_BYTES);
                sent.get();
            } finally {
                sending.set(false);
            }
            assertThat(most.get() - before).isLessThan(MOST_BYTES_HELD);
        }
    }

    /** What is still there after a collection, again and again: what somebody holds on to. */
    private static long watch(AtomicBoolean sending) {
        long most = 0;
        while (sending.get()) {
            System.gc();
            most = Math.max(most, heldBytes());
        }
        return most;
    }

    private static long heldBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
                .map(MemoryPoolMXBean::getCollectionUsage)
                .mapToLong(usage -> usage.getUsed())
                .sum();
    }

    private static void send(Socket socket) {
        try {
            OutputStream output = socket.getOutputStream();
            output.write(
                    ("POST /function/mirror/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n")
                            .getBytes(US_ASCII));
            byte[] block = new byte[64 << 10];
            for (long sent = 0; sent < BODY_BYTES; sent += block.length) {
                mark(block, sent);
                output.write(block);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void mark(byte[] block, long position) {
        for (int i = 0; i < 8; i++) {
            block[i] = (byte) (position >> (8 * i));
        }
    }

    /** Returns how many bytes came, each block where it belongs. */
    private static long receive(Socket socket) throws IOException {
        DataInputStream input = new DataInputStream(socket.getInputStream());
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) input.readUnsignedByte());
        }
        assertThat(head).contains("200", "Content-Length: " + BODY_BYTES);
        byte[] block = new byte[64 << 10];
        byte[] expected = new byte[64 << 10];
        long received = 0;
        while (received < BODY_BYTES) {
            input.readFully(block);
            mark(expected, received);
            assertThat(block).isEqualTo(expected);
            received += block.length;
        }
        return received;
    }
}
