package dev.thaw.guest;

import static dev.thaw.guest.Conversation.LIMIT;
import static dev.thaw.guest.Conversation.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The adapters for Python, Node and Java inside real processes, told by the real agent. */
@Timeout(120)
final class HookAdaptersIT {
    private static final Path ADAPTERS = Path.of("adapters").toAbsolutePath();
    private static final Path SERVERS = Path.of("src/test/hooks").toAbsolutePath();

    @TempDir
    Path folder;

    @Test
    void pythonIsRenewed() throws Exception {
        checkClonesPart(
                List.of("/usr/bin/env", "python3", SERVERS.resolve("server.py").toString()),
                List.of("PYTHONPATH=" + ADAPTERS.resolve("python"), "PYTHONDONTWRITEBYTECODE=1"));
    }

    @Test
    void nodeIsRenewed() throws Exception {
        Path adapter = ADAPTERS.resolve("node/thaw-hooks.js");
        String everyOneHolds = "true,".repeat(18).replaceFirst(",$", "");
        List<String> command = List.of(
                "/usr/bin/env",
                "node",
                "--random-seed=1",
                "--require=" + adapter,
                SERVERS.resolve("server.js").toString());
        try (AgentProcess process = new AgentProcess(Files.createDirectory(folder.resolve("generators")));
                AgentConnection agent = start(process, command, List.of("ADAPTER=" + adapter))) {
            assertThat(ask(agent, "generators")).isEqualTo(everyOneHolds);
            freezeAndThaw(agent);
            assertThat(ask(agent, "generators")).isEqualTo(everyOneHolds);
        }
        checkClonesPart(command, List.of("ADAPTER=" + adapter));
    }

    @Test
    void javaIsRenewed() throws Exception {
        Path classes = Files.createDirectory(folder.resolve("classes"));
        String bin = Path.of(System.getProperty("java.home"), "bin").toString();
        HostCommand.run(
                folder,
                LIMIT,
                List.of(
                        bin + "/javac",
                        "--release=17",
                        "-Xlint:all",
                        "-Werror",
                        "-d",
                        classes.toString(),
                        ADAPTERS.resolve("java/ThawHooks.java").toString(),
                        SERVERS.resolve("Server.java").toString()));
        checkClonesPart(List.of(bin + "/java", "-Xshare:auto", "-cp", classes.toString(), "Server"), List.of());
    }

    /** Two processes draw the same, as clones would; after a thaw they do not. */
    private void checkClonesPart(List<String> command, List<String> environment) throws Exception {
        try (AgentProcess first = new AgentProcess(Files.createDirectory(folder.resolve("a")));
                AgentProcess second = new AgentProcess(Files.createDirectory(folder.resolve("b")));
                AgentConnection one = start(first, command, environment);
                AgentConnection two = start(second, command, environment)) {
            assertThat(ask(one, "draw")).isEqualTo(ask(two, "draw"));
            freezeAndThaw(one);
            freezeAndThaw(two);
            assertThat(ask(one, "draw")).isNotEqualTo(ask(two, "draw"));
            assertThat(ask(one, "unique")).isNotEqualTo(ask(two, "unique"));
            assertThat(ask(one, "events")).isEqualTo("before-freeze,after-thaw 32");

            ask(one, "fail");
            assertThatThrownBy(() -> one.quiesce(LIMIT, LIMIT))
                    .isInstanceOfSatisfying(
                            AgentException.class, e -> assertThat(e.code()).isEqualTo(AgentException.Code.HOOK_FAILED))
                    .hasMessageContaining("told to fail");
        }
    }

    private static AgentConnection start(AgentProcess process, List<String> command, List<String> environment)
            throws IOException {
        AgentConnection agent = AgentConnection.toBooting(process.port(), new CollectedLog());
        int port = AgentProcess.freePort();
        List<String> all = new ArrayList<>(environment);
        all.add("PORT=" + port);
        all.add("PATH=" + System.getenv("PATH"));
        agent.awaitHello(LIMIT);
        agent.start(TestFunction.start(port, command, all), LIMIT);
        agent.awaitListening(LIMIT);
        return agent;
    }

    private static void freezeAndThaw(AgentConnection agent) throws AgentException {
        agent.quiesce(LIMIT, LIMIT);
        agent.renew(
                new RenewRequest(
                        RenewRequest.Kind.THAWED, Instant.now(), Entropy.fresh(), GuestIdentity.fresh("clone"), LIMIT),
                LIMIT);
    }
}
