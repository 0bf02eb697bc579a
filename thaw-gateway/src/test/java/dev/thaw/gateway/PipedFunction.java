package dev.thaw.gateway;

import dev.thaw.sandbox.MemoryFunction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/** A function that is a real server on loopback: bytes pass as they are, both ways. */
record PipedFunction(int port) implements MemoryFunction {
    @Override
    public void serve(AtomicLong memory, InputStream input, OutputStream output) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            Thread in = Thread.ofVirtual().start(() -> {
                try {
                    pump(input, socket.getOutputStream());
                    socket.shutdownOutput();
                } catch (IOException e) {
                    close(socket);
                }
            });
            try {
                pump(socket.getInputStream(), output);
            } finally {
                in.interrupt();
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void pump(InputStream source, OutputStream target) throws IOException {
        byte[] buffer = new byte[16 << 10];
        int count;
        while ((count = source.read(buffer)) >= 0) {
            target.write(buffer, 0, count);
            target.flush();
        }
    }
}
