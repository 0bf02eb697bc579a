package dev.thaw.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QmpConnectionTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final String GREETING = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";

    @TempDir
    Path directory;

    private Path socket;
    private ServerSocketChannel server;

    /** What the other end does once somebody has connected. */
    private interface Script {
        void play(SocketChannel channel, BufferedReader lines) throws IOException;
    }

    @BeforeEach
    void listen() throws IOException {
        socket = directory.resolve("qmp.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void negotiatesAndExecutes() throws Exception {
        play((channel, lines) -> {
            greet(channel, lines);
            assertThat(lines.readLine()).isEqualTo("{\"execute\":\"stop\"}");
            say(channel, "{\"event\": \"STOP\"}\r\n{\"return\": {\"a\": ");
            say(channel, "7}}\r\n");
            assertThat(lines.read()).isEqualTo(-1);
        });
        try (QmpConnection connection = QmpConnection.open(socket, LONG)) {
            assertThat(connection.execute("stop", Map.of(), LONG).path("a").asInt())
                    .isEqualTo(7);
        }
    }

    @Test
    void refusalCarriesTheReason() throws Exception {
        play((channel, lines) -> {
            greet(channel, lines);
            lines.readLine();
            say(channel, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such device\"}}\r\n");
            assertThat(lines.read()).isEqualTo(-1);
        });
        try (QmpConnection connection = QmpConnection.open(socket, LONG)) {
            assertFails(() -> connection.execute("x", Map.of(), LONG), Code.VMM_REFUSED, "no such device");
        }
    }

    @Test
    void silenceEndsInTime() throws Exception {
        play((channel, lines) -> {
            assertThat(lines.readLine()).contains("qmp_capabilities");
            assertThat(lines.read()).isEqualTo(-1);
        });
        assertFails(() -> QmpConnection.open(socket, SHORT), Code.VMM_HUNG, "qmp_capabilities");
    }

    @Test
    void deathIsTold() throws Exception {
        play((channel, lines) -> {
            greet(channel, lines);
            lines.readLine();
            channel.close();
        });
        try (QmpConnection connection = QmpConnection.open(socket, LONG)) {
            assertFails(() -> connection.execute("cont", Map.of(), LONG), Code.VMM_DIED, "cont");
            assertFails(() -> connection.execute("cont", Map.of(), LONG), Code.VMM_DIED, "closed");
            assertFails(() -> connection.awaitMigration(LONG), Code.VMM_DIED, "device state");
        }
    }

    @Test
    void garbageIsTold() throws Exception {
        play((channel, lines) -> {
            greet(channel, lines);
            lines.readLine();
            say(channel, "{\"return\": \u0000}\r\n");
        });
        try (QmpConnection connection = QmpConnection.open(socket, LONG)) {
            assertFails(() -> connection.execute("cont", Map.of(), LONG), Code.VMM_REFUSED, "cannot be read");
        }
    }

    @Test
    void aLineWithoutEndIsGivenUp() throws Exception {
        play((channel, lines) -> {
            greet(channel, lines);
            lines.readLine();
            try {
                for (int i = 0; i < 40; i++) {
                    say(channel, "x".repeat(64 << 10));
                }
            } catch (IOException e) {
                // It hung up, as it should.
            }
        });
        try (QmpConnection connection = QmpConnection.open(socket, LONG)) {
            assertFails(() -> connection.execute("cont", Map.of(), LONG), Code.VMM_REFUSED, "longer than");
        }
    }

    @Test
    void migrationEndsAreToldApart() throws Exception {
        play((channel, lines) -> {
            greet(channel, lines);
            say(channel, "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"setup\"}}\r\n");
            say(channel, "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}\r\n");
            say(channel, "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"failed\"}}\r\n");
            assertThat(lines.read()).isEqualTo(-1);
        });
        try (QmpConnection connection = QmpConnection.open(socket, LONG)) {
            connection.awaitMigration(LONG);
            assertFails(() -> connection.awaitMigration(LONG), Code.VMM_REFUSED, "device state");
            assertFails(() -> connection.awaitMigration(SHORT), Code.VMM_HUNG, "within");
        }
    }

    private void play(Script script) {
        Thread.ofVirtual().start(() -> {
            try (SocketChannel channel = server.accept()) {
                script.play(
                        channel,
                        new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8.newDecoder(), 512)));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void greet(SocketChannel channel, BufferedReader lines) throws IOException {
        say(channel, GREETING);
        assertThat(lines.readLine()).isEqualTo("{\"execute\":\"qmp_capabilities\"}");
        say(channel, "{\"return\": {}}\r\n");
    }

    private static void say(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void assertFails(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Code code, String text) {
        assertThatThrownBy(call)
                .hasMessageContaining(text)
                .asInstanceOf(type(SandboxException.class))
                .extracting(SandboxException::code)
                .isEqualTo(code);
    }
}
