package dev.thaw.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The connection against a guest that does what no agent would. */
@Timeout(60)
final class AgentConnectionTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final int PORT = 8080;

    @TempDir
    Path folder;

    private SocketChannel guest;
    private SocketChannel host;

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("port"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            host = SocketChannel.open(address);
            guest = server.accept();
        }
    }

    @AfterEach
    void close() throws IOException {
        guest.close();
        host.close();
    }

    private void say(ByteBuffer... frames) throws IOException {
        for (ByteBuffer frame : frames) {
            while (frame.hasRemaining()) {
                guest.write(frame);
            }
        }
    }

    private static void assertCode(ThrowingCallable call, AgentException.Code code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AgentException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static StartRequest start() {
        return TestFunction.start(PORT, List.of("/function"), List.of());
    }

    private AgentConnection listening() throws IOException {
        AgentConnection agent = AgentConnection.toBooting(host, new CollectedLog());
        say(GuestFrames.hello());
        agent.awaitHello(LIMIT);
        Thread.startVirtualThread(this::answerStart);
        agent.start(start(), LIMIT);
        agent.awaitListening(LIMIT);
        return agent;
    }

    private void answerStart() {
        answer(FrameType.START, GuestFrames.started(), GuestFrames.listening(PORT));
    }

    /** Answers once the host has sent a frame of the type. */
    private void answer(FrameType awaited, ByteBuffer... frames) {
        try {
            FrameDecoder decoder = new FrameDecoder(FrameType.Sender.HOST);
            AtomicBoolean came = new AtomicBoolean();
            while (!came.get() && guest.read(decoder.input()) >= 0) {
                decoder.drain((type, stream, payload) -> came.compareAndSet(false, type == awaited));
            }
            say(frames);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aViolationEndsTheConnectionWhereverItComes() throws Exception {
        List<ByteBuffer[]> violations = Stream.of(
                        new ByteBuffer[] {GuestFrames.hello()},
                        new ByteBuffer[] {GuestFrames.started()},
                        new ByteBuffer[] {GuestFrames.listening(PORT)},
                        new ByteBuffer[] {GuestFrames.quiesced("")},
                        new ByteBuffer[] {GuestFrames.renewed("")},
                        new ByteBuffer[] {GuestFrames.exited(256)},
                        new ByteBuffer[] {GuestFrames.exited(0), GuestFrames.exited(0)},
                        new ByteBuffer[] {GuestFrames.limit(0, "")},
                        new ByteBuffer[] {GuestFrames.limit(4, "")},
                        new ByteBuffer[] {GuestFrames.limit(1, "seventeen-letters")},
                        new ByteBuffer[] {GuestFrames.limit(1, "a\nb")},
                        new ByteBuffer[] {
                            FrameEncoder.control(FrameType.LOG).u8(1).finish()
                        },
                        new ByteBuffer[] {
                            FrameEncoder.control(FrameType.LOG).u8(4).u8(4).finish()
                        },
                        new ByteBuffer[] {FrameEncoder.small(FrameType.EOF, 9)},
                        new ByteBuffer[] {FrameEncoder.small(FrameType.DATA, -1)})
                .toList();
        for (ByteBuffer[] violation : violations) {
            try (AgentConnection agent = listening()) {
                say(violation);
                assertThat(agent.ended().get(30, TimeUnit.SECONDS).code()).isEqualTo(AgentException.Code.PROTOCOL);
                assertCode(() -> agent.openStream(LIMIT), AgentException.Code.PROTOCOL);
            }
            close();
            Files.delete(folder.resolve("port"));
            connect();
        }
    }

    @Test
    void aLogBeyondItsWindowIsAViolation() throws Exception {
        LogDelivery logs =
                new LogDelivery(new CollectedLog(), bytes -> assertThat(bytes).isPositive(), new ReentrantLock());
        logs.open();
        GuestMessage.Log piece = new GuestMessage.Log(AgentLog.Source.AGENT, new byte[LogDelivery.WINDOW_BYTES + 1]);
        assertCode(() -> logs.accept(piece), AgentException.Code.PROTOCOL);
    }

    @Test
    void streamsRejectWhatIsBeyondTheirWindowOrOrder() throws Exception {
        List<ByteBuffer[]> violations = List.of(
                new ByteBuffer[] {FrameEncoder.data(1, new byte[1], 0, 1)},
                new ByteBuffer[] {FrameEncoder.small(FrameType.EOF, 1)},
                new ByteBuffer[] {opened(0), opened(0)},
                new ByteBuffer[] {opened(1 << 20)},
                new ByteBuffer[] {opened(0), FrameEncoder.small(FrameType.WINDOW, 1, 1 << 20)},
                new ByteBuffer[] {opened(0), FrameEncoder.small(FrameType.DATA, 1)},
                new ByteBuffer[] {opened(0), FrameEncoder.small(FrameType.EOF, 1), FrameEncoder.small(FrameType.EOF, 1)
                },
                new ByteBuffer[] {opened(0), data(60_000), data(60_000), data(60_000), data(60_000), data(60_000)},
                new ByteBuffer[] {FrameEncoder.small(FrameType.RESET, 1, 6)});
        for (ByteBuffer[] violation : violations) {
            try (AgentConnection agent = listening();
                    AgentStream stream = agent.openStream(LIMIT)) {
                say(violation);
                assertThat(agent.ended().get(30, TimeUnit.SECONDS).code()).isEqualTo(AgentException.Code.PROTOCOL);
                assertCode(() -> stream.output().write(1), AgentException.Code.PROTOCOL);
            }
            close();
            Files.delete(folder.resolve("port"));
            connect();
        }
    }

    private static ByteBuffer opened(int window) {
        return FrameEncoder.small(FrameType.OPENED, 1, window);
    }

    private static ByteBuffer data(int length) {
        return FrameEncoder.data(1, new byte[length], 0, length);
    }

    @Test
    void aQuietGuestMayNotSpeak() throws Exception {
        try (AgentConnection agent = AgentConnection.toThawing(host, new CollectedLog())) {
            say(GuestFrames.log(1));
            assertThat(agent.ended().get(30, TimeUnit.SECONDS)).hasMessageContaining("although it is quiet");
        }
    }

    @Test
    void everyWaitIsBoundedAndFailsWhenTheConnectionEnds() throws Exception {
        try (AgentConnection agent = listening();
                AgentStream stream = agent.openStream(SHORT)) {
            assertCode(() -> stream.awaitOpened(SHORT), AgentException.Code.TIMEOUT);
            assertCode(() -> stream.input().read(), AgentException.Code.TIMEOUT);
            assertCode(() -> stream.output().write(new byte[70_000]), AgentException.Code.TIMEOUT);
            stream.timeout(LIMIT);
            Thread closer = Thread.startVirtualThread(agent::close);
            assertCode(() -> stream.input().read(), AgentException.Code.CLOSED);
            closer.join();
            assertCode(() -> agent.signal(15), AgentException.Code.CLOSED);
            assertThat(agent.exit()).isCompletedExceptionally();
        }
    }

    @Test
    void timesOutWithoutHarm() throws Exception {
        try (AgentConnection agent = AgentConnection.toBooting(host, new CollectedLog())) {
            assertCode(() -> agent.awaitHello(SHORT), AgentException.Code.TIMEOUT);
            assertCode(() -> agent.start(start(), SHORT), AgentException.Code.WRONG_STATE);
            say(GuestFrames.hello());
            assertThat(agent.awaitHello(LIMIT)).isEqualTo(new Hello(2, 0, "6.1"));
            assertCode(() -> agent.start(start(), SHORT), AgentException.Code.TIMEOUT);
            guest.close();
            assertThat(agent.ended().get(30, TimeUnit.SECONDS).code()).isEqualTo(AgentException.Code.CLOSED);
        }
    }

    @Test
    void aFailedHookIsToldAndTheGuestCanGoOn() throws Exception {
        try (AgentConnection agent = listening()) {
            say(GuestFrames.log(1));
            Thread answers =
                    Thread.startVirtualThread(() -> answer(FrameType.QUIESCE, GuestFrames.quiesced("pool is busy")));
            assertThatThrownBy(() -> agent.quiesce(LIMIT, LIMIT)).hasMessageContaining("pool is busy");
            answers.join();
            assertCode(() -> agent.openStream(LIMIT), AgentException.Code.WRONG_STATE);
            answers = Thread.startVirtualThread(() -> answer(FrameType.RENEW, GuestFrames.renewed("")));
            RenewRequest request = new RenewRequest(
                    RenewRequest.Kind.RESUMED, Instant.now(), Entropy.fresh(), GuestIdentity.fresh("x"), LIMIT);
            assertThat(agent.renew(request, LIMIT).guestClock()).isEqualTo(Instant.ofEpochSecond(0, 1_000));
            answers.join();
            assertThat(agent.openStream(LIMIT).id()).isEqualTo(1);
        }
    }

    @Test
    void survivesRandomFrames() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            try (AgentConnection agent = listening();
                    AgentStream stream = agent.openStream(LIMIT)) {
                for (int i = 0; i < 20; i++) {
                    say(randomFrame(random));
                }
                guest.close();
                AgentException.Code code =
                        agent.ended().get(30, TimeUnit.SECONDS).code();
                assertThat(code)
                        .as("seed %d round %d", seed, round)
                        .isIn(
                                AgentException.Code.PROTOCOL,
                                AgentException.Code.CLOSED,
                                AgentException.Code.GUEST_FAILED);
                assertThat(stream.id()).isEqualTo(1);
            } catch (IOException e) {
                assertThat(e).as("seed %d round %d", seed, round).hasMessageMatching("Broken pipe|Connection reset.*");
            }
            close();
            Files.delete(folder.resolve("port"));
            connect();
        }
    }

    private static ByteBuffer randomFrame(Random random) {
        List<ByteBuffer> some = GuestFrames.all();
        ByteBuffer frame = random.nextBoolean()
                ? some.get(random.nextInt(some.size()))
                : Stream.of(
                                opened(random.nextInt(1 << 20)),
                                data(1 + random.nextInt(2_000)),
                                FrameEncoder.small(FrameType.EOF, 1))
                        .skip(random.nextInt(3))
                        .findFirst()
                        .orElseThrow();
        if (random.nextInt(4) == 0) {
            frame.put(random.nextInt(frame.limit()), (byte) random.nextInt());
        }
        return frame;
    }
}
