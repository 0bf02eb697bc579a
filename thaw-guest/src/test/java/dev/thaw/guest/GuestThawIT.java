package dev.thaw.guest;

import static dev.thaw.guest.Conversation.LIMIT;
import static dev.thaw.guest.Conversation.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Freezes a real machine and thaws clones of it in new ones. */
final class GuestThawIT {
    private static final Duration HOOK_LIMIT = Duration.ofSeconds(20);

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
    void clonesKeepWhatWasWrittenAndAreDistinct() throws Exception {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path state = folder.resolve("state");
        Map<String, String> before;
        try (GuestMachine machine = GuestMachine.boot(first, files);
                AgentConnection agent = AgentConnection.toBooting(machine.port(), new CollectedLog())) {
            startFunction(agent);
            before = Conversation.identity(agent);
            assertThat(ask(agent, "write /written kept")).isEqualTo("written\n");
            agent.quiesce(HOOK_LIMIT, LIMIT);
            machine.freeze(state);
        }
        Map<String, String> one = thawAndAsk("one", first.resolve("memory"), state);
        Map<String, String> two = thawAndAsk("two", first.resolve("memory"), state);
        for (String property : List.of("random", "host", "etc-hostname", "machine", "boot")) {
            assertThat(List.of(before.get(property), one.get(property), two.get(property)))
                    .as(property)
                    .doesNotHaveDuplicates();
        }
    }

    private Map<String, String> thawAndAsk(String name, Path memory, Path state) throws Exception {
        Path own = Files.createDirectory(folder.resolve(name));
        CollectedLog log = new CollectedLog();
        try (GuestMachine machine = GuestMachine.thaw(own, files.rootImage(), memory, state);
                AgentConnection agent = AgentConnection.toThawing(machine.port(), log)) {
            GuestIdentity identity = GuestIdentity.fresh(name);
            machine.resume();
            Renewed renewed = agent.renew(renewal(RenewRequest.Kind.THAWED, identity), LIMIT);
            Map<String, String> answer = Conversation.identity(agent);
            assertThat(answer)
                    .containsEntry("host", name)
                    .containsEntry("etc-hostname", name)
                    .containsEntry("machine", identity.machineId())
                    .containsEntry("boot", identity.bootId());
            Instant guestClock = Instant.ofEpochSecond(0, Long.parseLong(answer.get("clock")));
            assertThat(guestClock).isBetween(renewed.guestClock(), Instant.now().plusMillis(100));
            assertThat(ask(agent, "read /written")).isEqualTo("kept");
            assertThat(ask(agent, "read /tmp/hooks")).isEqualTo("before-freeze\nafter-thaw\n");
            ask(agent, "out thawed 1");
            await().until(() -> log.text(AgentLog.Source.STANDARD_OUTPUT).equals("thawed 0\n"));
            return answer;
        }
    }

    @Test
    void goesOnAfterAFreezeThatWasGivenUpOverANewConnection() throws Exception {
        try (GuestMachine machine = GuestMachine.boot(folder, files)) {
            try (AgentConnection agent = AgentConnection.toBooting(machine.port(), new CollectedLog())) {
                startFunction(agent);
                agent.quiesce(HOOK_LIMIT, LIMIT);
            }
            try (AgentConnection agent = AgentConnection.toThawing(machine.port(), new CollectedLog())) {
                agent.renew(renewal(RenewRequest.Kind.RESUMED, GuestIdentity.fresh("again")), LIMIT);
                assertThat(Conversation.identity(agent)).containsEntry("host", "again");
                assertThat(ask(agent, "write /tmp/fail-before-freeze now")).isEqualTo("written\n");
                assertThatThrownBy(() -> agent.quiesce(HOOK_LIMIT, LIMIT))
                        .isInstanceOfSatisfying(
                                AgentException.class,
                                e -> assertThat(e.code()).isEqualTo(AgentException.Code.HOOK_FAILED))
                        .hasMessageContaining("exited with code 3");
                agent.renew(renewal(RenewRequest.Kind.RESUMED, GuestIdentity.fresh("again")), LIMIT);
                assertThat(ask(agent, "read /tmp/hooks"))
                        .isEqualTo("before-freeze\nafter-thaw\nbefore-freeze\nafter-thaw\n");
            }
        }
    }

    private static void startFunction(AgentConnection agent) throws IOException {
        agent.awaitHello(LIMIT);
        agent.start(TestFunction.start(8080, List.of("/function"), List.of("PORT=8080")), LIMIT);
        agent.awaitListening(LIMIT);
    }

    private static RenewRequest renewal(RenewRequest.Kind kind, GuestIdentity identity) {
        return new RenewRequest(kind, Instant.now(), Entropy.fresh(), identity, HOOK_LIMIT);
    }
}
