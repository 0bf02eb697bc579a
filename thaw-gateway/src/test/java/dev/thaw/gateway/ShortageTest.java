package dev.thaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.guest.FunctionExit;
import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.MemoryFunction;
import dev.thaw.sandbox.MemorySandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxExit;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the client, the log and {@code explain} are told when a function runs out of something. */
class ShortageTest {
    private static final Shortage MEMORY = new Shortage(Shortage.Kind.MEMORY, 60 << 20, 12 << 20, "worker");
    private static final Shortage DISK = new Shortage(Shortage.Kind.DISK, 32 << 20, 32 << 20, "");

    @TempDir
    Path folder;

    /** A function in whose instance something happens while it is asked, and that does not answer. */
    private DaemonFixture fixture(Consumer<MemorySandbox> happens) throws IOException {
        DaemonFixture[] fixture = new DaemonFixture[1];
        MemoryFunction program = new WebFunction((request, memory, connection) -> {
            fixture[0].provider().running().forEach(happens);
            throw new IOException("it breaks off");
        });
        fixture[0] = new DaemonFixture(folder, Map.of("f", program), Map.of("mode", "disabled"));
        return fixture[0];
    }

    @Test
    void memoryThatRanOutForAChildIsToldThoughTheInstanceLives() throws Exception {
        try (DaemonFixture fixture = fixture(sandbox -> sandbox.ranShort(MEMORY))) {
            fixture.deploy("f", "f", "");
            HttpResponse<String> response = fixture.get("/function/f/");
            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(fixture.json(response).get("type").stringValue()).isEqualTo("urn:thaw:problem:out-of-memory");
            String text = "the function ran out of memory (64 MiB): the guest's kernel ended the process worker; "
                    + "files that it wrote hold 12 MiB of the memory";
            assertThat(fixture.json(response).get("detail").stringValue())
                    .startsWith("T" + text.substring(1) + ". ")
                    .contains("its instance lives on")
                    .endsWith("Deploy it with more --memory.");
            assertThat(fixture.get("/api/v1/functions/f/explain").body()).contains(text);
            await().until(() -> fixture.get("/api/v1/functions/f/logs").body().contains(text));
            assertThat(fixture.get("/metrics").body())
                    .contains("thaw_shortages_total{of=\"memory\",worker=\"worker-0\"} 1.0");
        }
    }

    @Test
    void aFullDiskAtTheEndIsTold() throws Exception {
        try (DaemonFixture fixture = fixture(sandbox -> {
            sandbox.ranShort(DISK);
            sandbox.crash(new SandboxExit(FunctionExit.Cause.DISK, "the function exited with code 1"));
        })) {
            fixture.deploy("f", "f", "");
            HttpResponse<String> response = fixture.get("/function/f/");
            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(fixture.json(response).get("type").stringValue()).isEqualTo("urn:thaw:problem:out-of-disk");
            assertThat(fixture.json(response).get("detail").stringValue())
                    .contains("ran out of disk (32 MiB)", "exited with code 1", "memory of 64 MiB, up to half of it");
        }
    }

    @Test
    void memoryThatRunsOutBeforeItIsReadyIsTold() throws Exception {
        try (DaemonFixture fixture = fixture(sandbox -> {})) {
            fixture.deploy("f", "f", "");
            fixture.provider().interfere((operation, instance) -> {
                throw new SandboxException(
                        SandboxException.Code.OUT_OF_MEMORY, "The function was ended by signal 9 too early.");
            });
            HttpResponse<String> response = fixture.get("/function/f/");
            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(fixture.json(response).get("type").stringValue()).isEqualTo("urn:thaw:problem:out-of-memory");
            assertThat(fixture.json(response).get("title").stringValue()).contains("64 MiB");
        }
    }
}
