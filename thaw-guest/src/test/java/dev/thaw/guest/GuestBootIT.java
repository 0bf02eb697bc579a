package dev.thaw.guest;

import static dev.thaw.guest.Conversation.LIMIT;
import static dev.thaw.guest.Conversation.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kernel, initramfs and agent in a real machine. */
final class GuestBootIT {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static GuestFiles files;

    @BeforeAll
    static void prepare() throws IOException {
        files = GuestFiles.in(shared);
    }

    @Test
    void bootsAndCarriesStreamsLogsAndTheExitCode() throws Exception {
        CollectedLog log = new CollectedLog();
        try (GuestMachine machine = GuestMachine.boot(folder, files);
                AgentConnection agent = AgentConnection.toBooting(machine.port(), log)) {
            assertThat(agent.awaitHello(LIMIT).kernelRelease())
                    .isEqualTo(files.kernel().release());
            StartRequest start = start("app", List.of("/function"), Duration.ofSeconds(20));
            assertThat(agent.start(start, LIMIT)).isGreaterThan(1);
            agent.awaitListening(LIMIT);

            assertThat(Conversation.identity(agent))
                    .containsEntry("host", "first")
                    .containsEntry("etc-hostname", "first")
                    .containsEntry("machine", start.identity().machineId())
                    .containsEntry("boot", start.identity().bootId());
            assertThat(ask(agent, "whoami")).isEqualTo("1000:1001 /home/app\n");
            assertThat(ask(agent, "environment THAW_HOOK_SOCKET")).isEqualTo("/run/thaw/hooks.sock\n");
            carryMegabyteBothWays(agent);

            ask(agent, "out to-standard-output 3");
            ask(agent, "err to-standard-error 2");
            AgentStream last = agent.openStream(Conversation.line("exit 7"), LIMIT);
            assertThat(agent.exit().get(60, TimeUnit.SECONDS))
                    .isEqualTo(new FunctionExit(false, 7, FunctionExit.Cause.ITSELF));
            last.close();
            await().untilAsserted(() -> {
                assertThat(log.text(AgentLog.Source.STANDARD_OUTPUT))
                        .isEqualTo("to-standard-output 0\nto-standard-output 1\nto-standard-output 2\n");
                assertThat(log.text(AgentLog.Source.STANDARD_ERROR))
                        .isEqualTo("to-standard-error 0\nto-standard-error 1\n");
            });
            assertThatThrownBy(() -> agent.openStream(LIMIT))
                    .isInstanceOfSatisfying(
                            AgentException.class,
                            e -> assertThat(e.code()).isEqualTo(AgentException.Code.FUNCTION_EXITED));
            agent.shutdown(Duration.ofSeconds(1));
            assertThat(machine.awaitPowerOff()).isTrue();
        }
    }

    @Test
    void tellsThatMemoryRanOut() throws Exception {
        try (GuestMachine machine = GuestMachine.boot(folder, files);
                AgentConnection agent = AgentConnection.toBooting(machine.port(), new CollectedLog())) {
            agent.awaitHello(LIMIT);
            agent.start(start("", List.of("/function"), Duration.ofSeconds(20)), LIMIT);
            agent.awaitListening(LIMIT);
            AgentStream stream = agent.openStream(Conversation.line("memory"), LIMIT);
            assertThat(agent.exit().get(60, TimeUnit.SECONDS))
                    .isEqualTo(new FunctionExit(true, 9, FunctionExit.Cause.MEMORY));
            stream.close();
        }
    }

    @Test
    void tellsOfAChildThatMemoryRanOutForAndGoesOn() throws Exception {
        CollectedLog log = new CollectedLog();
        try (GuestMachine machine = GuestMachine.boot(folder, files);
                AgentConnection agent = AgentConnection.toBooting(machine.port(), log)) {
            startFunction(agent);
            long begin = System.nanoTime();
            assertThat(agent.shortageSince(begin)).isEmpty();
            try (AgentStream stream = agent.openStream(Conversation.line("child-memory"), LIMIT)) {
                assertThat(stream.input().readAllBytes()).isEmpty();
            }
            await().atMost(LIMIT).until(() -> !log.shortages().isEmpty());
            Shortage shortage = log.shortages().getFirst();
            assertThat(shortage.kind()).isEqualTo(Shortage.Kind.MEMORY);
            assertThat(shortage.process()).isEqualTo("function");
            assertThat(shortage.size()).isBetween(64L << 20, 128L << 20);
            assertThat(agent.shortageSince(begin)).contains(shortage);
            assertThat(agent.shortageSince(System.nanoTime())).isEmpty();
            assertThat(ask(agent, "environment NOTHING")).isEqualTo("-\n");
            assertThat(agent.exit()).isNotDone();
        }
    }

    @Test
    void tellsThatTheDiskIsFullOncePerTimeAndAtTheEnd() throws Exception {
        CollectedLog log = new CollectedLog();
        try (GuestMachine machine = GuestMachine.boot(folder, files);
                AgentConnection agent = AgentConnection.toBooting(machine.port(), log)) {
            startFunction(agent);
            for (int time = 1; time <= 2; time++) {
                int told = time;
                String[] answer = ask(agent, "fill /tmp/full").split(" ", 2);
                assertThat(answer[1]).isEqualTo("No space left on device\n");
                await().atMost(LIMIT).until(() -> log.shortages().size() == told);
                Shortage shortage = log.shortages().get(told - 1);
                assertThat(shortage.kind()).isEqualTo(Shortage.Kind.DISK);
                assertThat(shortage.writtenBytes()).isGreaterThanOrEqualTo(Long.parseLong(answer[0]));
                assertThat(shortage.size())
                        .isBetween(32L << 20, 64L << 20)
                        .isGreaterThanOrEqualTo(shortage.writtenBytes());
                assertThat(ask(agent, "environment NOTHING")).isEqualTo("-\n");
                assertThat(log.shortages()).hasSize(told);
                assertThat(ask(agent, "remove /tmp/full")).isEqualTo("removed\n");
            }
            ask(agent, "fill /tmp/full");
            agent.openStream(Conversation.line("exit 4"), LIMIT);
            assertThat(agent.exit().get(60, TimeUnit.SECONDS))
                    .isEqualTo(new FunctionExit(false, 4, FunctionExit.Cause.DISK));
        }
    }

    private static void startFunction(AgentConnection agent) throws IOException {
        agent.awaitHello(LIMIT);
        agent.start(start("", List.of("/function"), Duration.ofSeconds(20)), LIMIT);
        agent.awaitListening(LIMIT);
    }

    @Test
    void failsWhenTheFunctionDoesNotListenAndPowersOff() throws Exception {
        try (GuestMachine machine = GuestMachine.boot(folder, files);
                AgentConnection agent = AgentConnection.toBooting(machine.port(), new CollectedLog())) {
            agent.awaitHello(LIMIT);
            agent.start(start("1234:44", List.of("/function", "deaf"), Duration.ofMillis(300)), LIMIT);
            assertThatThrownBy(() -> agent.awaitListening(LIMIT))
                    .isInstanceOfSatisfying(
                            AgentException.class, e -> assertThat(e.code()).isEqualTo(AgentException.Code.GUEST_FAILED))
                    .hasMessageContaining("does not listen on port 8080 after 300 ms");
            assertThat(machine.awaitPowerOff()).isTrue();
        }
    }

    private static void carryMegabyteBothWays(AgentConnection agent) throws IOException {
        byte[] megabyte = Conversation.pattern(1 << 20);
        try (AgentStream stream = agent.openStream(Conversation.line("sink"), LIMIT)) {
            stream.output().write(megabyte);
            stream.output().close();
            assertThat(new String(stream.input().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("1048576 0\n");
        }
        try (AgentStream stream = agent.openStream(Conversation.line("source 1048576"), LIMIT)) {
            assertThat(stream.input().readAllBytes()).isEqualTo(megabyte);
        }
    }

    private static StartRequest start(String user, List<String> arguments, Duration readyTimeout) {
        return new StartRequest(
                arguments,
                List.of("PORT=8080"),
                "/",
                user,
                GuestIdentity.fresh("first"),
                Instant.now(),
                Entropy.fresh(),
                15,
                8080,
                readyTimeout);
    }
}
