package dev.thaw.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a guest sends, the host's calls end in a result or in an error of ours, and nothing is left. */
class HostileGuestLongIT {
    private static final int ROUNDS = 10_000;

    /** Short, for many rounds end in silence. */
    private static final Duration PATIENCE = Duration.ofMillis(60);

    @TempDir
    Path folder;

    @Test
    void neverHarmsTheHost() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Map<AgentException.Code, Integer> ends = new EnumMap<>(AgentException.Code.class);
        int whole = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long own = random.nextLong();
            try {
                whole += round(own, ends) ? 1 : 0;
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + ", round " + round + " of its own seed " + own, e);
            }
        }
        System.out.printf("%d of %d conversations came to their end; those that did not: %s%n", whole, ROUNDS, ends);
        assertThat(whole).isBetween(1, ROUNDS - 1);
        assertThat(ends).containsKey(AgentException.Code.PROTOCOL);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("thaw-agent-")));
    }

    /** One conversation; whether it came to its end. */
    private boolean round(long seed, Map<AgentException.Code, Integer> ends) throws Exception {
        Path socket = folder.resolve("port");
        Thread guest;
        AgentConnection agent;
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            SocketChannel host = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            guest = Thread.ofVirtual().start(new HostileGuest(server.accept(), seed));
            agent = AgentConnection.toBooting(host, new CollectedLog());
        } finally {
            Files.delete(socket);
        }
        boolean whole = false;
        try (agent) {
            converse(agent);
            whole = true;
        } catch (AgentException e) {
            ends.merge(e.code(), 1, Integer::sum);
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?s).{10,}");
        }
        assertThat(agent.ended().get(30, TimeUnit.SECONDS).code())
                .isIn(
                        AgentException.Code.PROTOCOL,
                        AgentException.Code.CLOSED,
                        AgentException.Code.GUEST_FAILED,
                        AgentException.Code.STALLED);
        assertThat(guest.join(Duration.ofSeconds(30))).isTrue();
        return whole;
    }

    private static void converse(AgentConnection agent) throws IOException {
        agent.awaitHello(PATIENCE);
        agent.start(TestFunction.start(8080, List.of("/function"), List.of()), PATIENCE);
        agent.awaitListening(PATIENCE);
        for (int i = 0; i < 3; i++) {
            invoke(agent);
        }
        agent.quiesce(PATIENCE, PATIENCE);
        agent.renew(
                new RenewRequest(
                        RenewRequest.Kind.RESUMED, Instant.now(), Entropy.fresh(), GuestIdentity.fresh("x"), PATIENCE),
                PATIENCE);
        invoke(agent);
        agent.shutdown(Duration.ZERO);
    }

    private static void invoke(AgentConnection agent) throws IOException {
        try (AgentStream stream = agent.openStream(ByteBuffer.wrap(new byte[1000]), PATIENCE)) {
            stream.output().write(new byte[5_000]);
            stream.output().close();
            assertThat(stream.input().readAllBytes().length).isLessThan(4 << 20);
        }
    }
}
