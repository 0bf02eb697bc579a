package dev.thaw.sandbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.guest.GuestIdentity;
import dev.thaw.sandbox.MemorySandboxProvider.Operation;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemorySandboxProviderTest extends SandboxProviderContract {
    private static final MachineShape SHAPE = new MachineShape(64L << 20, 1);

    private MemorySandboxProvider provider;

    @BeforeEach
    void open() throws IOException {
        provider = new MemorySandboxProvider(
                folder.resolve("memory"),
                Map.of(
                        "web",
                        MemorySandboxProviderTest::web,
                        "silent",
                        (memory, input, output) -> input.readAllBytes(),
                        "deaf",
                        (memory, input, output) -> awaitEnd(output)));
    }

    @AfterEach
    void close() {
        provider.close();
        assertThat(provider.running()).isEmpty();
    }

    private static void web(AtomicLong memory, InputStream input, OutputStream output) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(input, US_ASCII));
        String request = String.valueOf(lines.readLine());
        while (!String.valueOf(lines.readLine()).isEmpty()) {
            // The headers do not matter here.
        }
        if (request.contains("/remember")) {
            memory.set(1);
        }
        String body = memory.get() == 1 ? "kept" : "nothing";
        output.write(("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body).getBytes(US_ASCII));
    }

    private BootSpec boot(String id, String program) {
        return new BootSpec(
                id,
                SHAPE,
                folder,
                Optional.empty(),
                new FunctionProcess(List.of(program), List.of(), "/", "", 15, 8080),
                GuestIdentity.fresh(id),
                TIMEOUT,
                NO_LOG);
    }

    @Override
    SandboxProvider provider() {
        return provider;
    }

    @Override
    BootSpec boot(String id) {
        return boot(id, "web");
    }

    @Override
    String rememberPath() {
        return "/remember";
    }

    @Override
    String recallPath() {
        return "/recall";
    }

    @Test
    void operationsFailWhenATestWantsThemTo() {
        provider.interfere((operation, instance) -> {
            if (operation == Operation.BOOT) {
                throw new SandboxException(Code.VMM_DIED, "ended by the test");
            }
        });
        assertThatThrownBy(() -> provider.boot(boot("failing"), new PhaseClock(System::nanoTime)))
                .hasMessage("ended by the test");
        assertThat(provider.running()).isEmpty();
    }

    @Test
    void aReaderWaitsNoLongerThanItsTimeout() throws IOException {
        try (Sandbox sandbox = provider.boot(boot("silent", "silent"), new PhaseClock(System::nanoTime));
                FunctionConnection connection = sandbox.connect(ByteBuffer.allocate(0), Duration.ofMillis(20))) {
            assertThatThrownBy(() -> connection.input().read()).isInstanceOf(SocketTimeoutException.class);
        }
    }

    /** Reads nothing, and ends when its connection does. */
    private static void awaitEnd(OutputStream output) throws IOException {
        byte[] filler = new byte[64 << 10];
        while (true) {
            output.write(filler);
        }
    }

    @Test
    void aWriterWaitsForItsReader() throws IOException {
        try (Sandbox sandbox = provider.boot(boot("deaf", "deaf"), new PhaseClock(System::nanoTime));
                FunctionConnection connection = sandbox.connect(ByteBuffer.allocate(0), Duration.ofMillis(20))) {
            assertThatThrownBy(() -> connection.output().write(new byte[1 << 20]))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }
}
