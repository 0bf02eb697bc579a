package dev.thaw.guest;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Just enough of QEMU's monitor to freeze and thaw a machine in a test. */
final class Qmp implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final SocketChannel channel;
    private final BufferedReader reader;

    Qmp(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        reader = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        next();
        run("{\"execute\": \"qmp_capabilities\"}");
    }

    /** Sends a command and gives what it returns. */
    JsonNode run(String command) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        while (true) {
            JsonNode answer = next();
            if (answer.has("error")) {
                throw new IOException(command + ": " + answer.get("error"));
            }
            if (answer.has("return")) {
                return answer.get("return");
            }
        }
    }

    private JsonNode next() throws IOException {
        String line = reader.readLine();
        if (line == null) {
            throw new IOException("QEMU's monitor is gone");
        }
        return JSON.readTree(line);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
