package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.guest.FunctionExit;
import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.SandboxExit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions that run out of memory or disk in a guest that was thawed: what the invocation, the log and the listener are told. */
class GuestLimitsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** A server that does what its path says. */
    private static final String PROGRAM = """
            import os
            from http.server import BaseHTTPRequestHandler, HTTPServer

            def eat():
                held = []
                while True:
                    held.append(bytearray(b"x" * (1 << 20)))

            def fill():
                with open("/var/tmp/full", "wb", buffering=0) as file:
                    while True:
                        if file.write(bytes(1 << 16)) == 0:
                            return

            class Handler(BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def do_GET(self):
                    if self.path == "/eat":
                        eat()
                    if self.path == "/child":
                        if os.fork() == 0:
                            eat()
                        os.wait()
                        self.connection.close()
                        return
                    if self.path == "/fill":
                        try:
                            fill()
                        except OSError as error:
                            print(error, flush=True)
                            os._exit(4)
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(b"well")

            HTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
            """;

    @TempDir
    static Path directory;

    private static RealWorkers workers;
    private static Revision revision;

    @BeforeAll
    static void open() throws Exception {
        workers = new RealWorkers(directory, Mode.LOCAL, 1);
        revision = workers.withCommand(
                workers.sample("hello-python", 256L << 20), "greedy", List.of("/usr/bin/python3", "-c", PROGRAM));
        Clones.freeze(
                workers,
                revision,
                claim -> assertThat(RealWorkers.get(claim, "/")).isEqualTo("well"));
    }

    @AfterAll
    static void close() throws Exception {
        workers.close();
    }

    @AfterEach
    void retire() {
        Clones.retire(workers, revision);
    }

    /** Makes a clone break off; how it ended, which is not at all for {@code lives}. */
    private static SandboxExit breakOff(String path, Shortage.Kind expected) throws Exception {
        workers.heard().shortages.clear();
        workers.heard().log.clear();
        SandboxExit exit;
        try (Claim claim = workers.worker(0).claim(revision, System.nanoTime())) {
            assertThat(claim.kind()).isEqualTo(StartKind.THAW_LOCAL);
            assertThat(claim.shortage()).isEmpty();
            assertThatThrownBy(() -> RealWorkers.get(claim, path)).isInstanceOf(IOException.class);
            assertThat(claim.shortage()).map(Shortage::kind).contains(expected);
            exit = claim.awaitExit(Duration.ofSeconds(2)).orElse(SandboxExit.of("it lives"));
            if (exit.text().equals("it lives")) {
                assertThat(RealWorkers.get(claim, "/")).isEqualTo("well");
            }
        }
        String said = workers.heard().shortages.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        await().atMost(TIMEOUT).until(() -> workers.heard().log.contains(said + "\n"));
        System.out.println(said + "; " + exit.text());
        assertThat(said)
                .contains(
                        expected == Shortage.Kind.MEMORY
                                ? "the function ran out of memory (256 MiB): the guest's kernel ended the process python3"
                                : "the function ran out of disk (");
        return exit;
    }

    @Test
    void memoryOfTheFunctionItself() throws Exception {
        SandboxExit exit = breakOff("/eat", Shortage.Kind.MEMORY);
        assertThat(exit.cause()).isEqualTo(FunctionExit.Cause.MEMORY);
        assertThat(exit.text()).contains("ended by signal 9 because the guest ran out of memory");
    }

    @Test
    void memoryOfAChild() throws Exception {
        assertThat(breakOff("/child", Shortage.Kind.MEMORY).text()).isEqualTo("it lives");
    }

    @Test
    void diskOfTheFunction() throws Exception {
        SandboxExit exit = breakOff("/fill", Shortage.Kind.DISK);
        assertThat(exit.cause()).isEqualTo(FunctionExit.Cause.DISK);
        assertThat(exit.text()).contains("exited with code 4 while its disk was full");
    }
}
