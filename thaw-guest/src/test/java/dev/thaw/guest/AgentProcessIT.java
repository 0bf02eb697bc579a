package dev.thaw.guest;

import static dev.thaw.guest.Conversation.LIMIT;
import static dev.thaw.guest.Conversation.ask;
import static dev.thaw.guest.Conversation.line;
import static dev.thaw.guest.Conversation.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Host and agent keep to one protocol: the connection against the real agent, which runs as a process. */
@Timeout(120)
final class AgentProcessIT {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path function;
    private AgentProcess process;

    @BeforeAll
    static void compile() throws IOException {
        function = TestFunction.compile(shared);
    }

    @BeforeEach
    void startAgent() throws IOException {
        process = new AgentProcess(folder);
    }

    @AfterEach
    void endAgent() throws Exception {
        process.close();
    }

    private static void assertCode(ThrowingCallable call, AgentException.Code code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AgentException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void streamsCarryMuchBothWaysAndHalfClose() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            byte[] much = pattern(5_000_000);
            try (AgentStream stream = agent.openStream(line("sink"), LIMIT)) {
                stream.output().write(much);
                stream.output().close();
                assertThat(stream.input().readAllBytes()).asString().isEqualTo("5000000 0\n");
            }
            try (AgentStream stream = agent.openStream(line("source 5000000"), LIMIT)) {
                stream.awaitOpened(LIMIT);
                assertThat(stream.openedNanos()).isPresent();
                assertThat(stream.input().readAllBytes()).isEqualTo(much);
            }
            try (AgentStream stream = agent.openStream(line("echo"), LIMIT)) {
                Thread writer = Thread.startVirtualThread(() -> writeAndEnd(stream, much));
                assertThat(stream.input().readAllBytes()).isEqualTo(much);
                writer.join();
            }
        }
    }

    private static void writeAndEnd(AgentStream stream, byte[] bytes) {
        try (var output = stream.output()) {
            output.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void slowStreamsDoNotStopOthers() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            AgentStream unread = agent.openStream(line("source 50000000"), LIMIT);
            AgentStream stuck = agent.openStream(line("stuck"), Duration.ofMillis(300));
            assertCode(() -> stuck.output().write(new byte[20_000_000]), AgentException.Code.TIMEOUT);
            for (int i = 0; i < 20; i++) {
                assertThat(ask(agent, "environment THAW_HOOK_SOCKET")).endsWith("hooks.sock\n");
            }
            unread.close();
            stuck.close();
            assertCode(() -> unread.input().read(), AgentException.Code.CLOSED);
            assertThat(ask(agent, "environment NOTHING")).isEqualTo("-\n");
        }
    }

    @Test
    void carriesAsManyStreamsAsAllowedAndNoMore() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            List<AgentStream> streams = new ArrayList<>();
            for (int i = 0; i < AgentConnection.MAX_STREAMS; i++) {
                streams.add(agent.openStream(line("echo"), LIMIT));
            }
            assertCode(() -> agent.openStream(LIMIT), AgentException.Code.TOO_MANY_STREAMS);
            for (AgentStream stream : streams) {
                stream.output().write(("I am " + stream.id()).getBytes(StandardCharsets.UTF_8));
                stream.output().close();
            }
            for (AgentStream stream : streams) {
                assertThat(stream.input().readAllBytes()).asString().isEqualTo("I am " + stream.id());
            }
            assertThat(ask(agent, "environment NOTHING")).isEqualTo("-\n");
        }
    }

    @Test
    void tellsARefusalFromABreak() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            try (AgentStream aborted = agent.openStream(line("abort"), LIMIT)) {
                assertCode(() -> aborted.input().read(), AgentException.Code.STREAM_RESET);
            }
            try (AgentStream last = agent.openStream(line("unlisten"), LIMIT)) {
                assertCode(() -> last.input().read(), AgentException.Code.STREAM_RESET);
            }
            AgentStream refused = agent.openStream(line("echo"), LIMIT);
            assertCode(() -> refused.awaitOpened(LIMIT), AgentException.Code.STREAM_REFUSED);
        }
    }

    @Test
    void logsArriveWholeAndInOrder() throws Exception {
        CollectedLog log = new CollectedLog();
        try (AgentConnection agent = process.connect(function, log)) {
            ask(agent, "out line 60000");
            ask(agent, "err error 1");
            StringBuilder expected = new StringBuilder();
            for (int i = 0; i < 60_000; i++) {
                expected.append("line ").append(i).append('\n');
            }
            await().atMost(LIMIT)
                    .until(() -> log.text(AgentLog.Source.STANDARD_OUTPUT).length() >= expected.length()
                            && !log.text(AgentLog.Source.STANDARD_ERROR).isEmpty());
            assertThat(log.text(AgentLog.Source.STANDARD_OUTPUT)).isEqualTo(expected.toString());
            assertThat(log.text(AgentLog.Source.STANDARD_ERROR)).isEqualTo("error 0\n");
            assertThat(log.droppedBytes()).isZero();
        }
    }

    @Test
    void aLogThatNobodyTakesIsDroppedAndStopsNothing() throws Exception {
        CountDownLatch take = new CountDownLatch(1);
        CollectedLog log = new CollectedLog();
        AgentLog slow = new AgentLog() {
            @Override
            public void append(Source source, byte[] bytes) {
                try {
                    take.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                log.append(source, bytes);
            }

            @Override
            public void dropped(long bytes) {
                log.dropped(bytes);
            }
        };
        try (AgentConnection agent = process.connect(function, slow)) {
            assertThat(ask(agent, "out line 200000")).isEmpty();
            ask(agent, "out last 1");
            take.countDown();
            await().atMost(LIMIT).until(() -> log.droppedBytes() > 0);
            long written = 200_000L * "line ".length() + digits(200_000) + 200_000 + "last 0\n".length();
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(
                                    log.text(AgentLog.Source.STANDARD_OUTPUT).length() + log.droppedBytes())
                            .isEqualTo(written));
        }
    }

    @Test
    void aFloodOfOutputIsBoundedCountedAndStopsNothing() throws Exception {
        CollectedLog log = new CollectedLog();
        try (AgentConnection agent = process.connect(function, log)) {
            long begin = System.nanoTime();
            assertThat(ask(agent, "flood 256")).isEqualTo("flooded\n");
            ask(agent, "out last 1");
            long written = (256L << 20) + "last 0\n".length();
            await().atMost(LIMIT)
                    .until(() -> log.text(AgentLog.Source.STANDARD_OUTPUT).length() + log.droppedBytes() == written);
            double seconds = (System.nanoTime() - begin) / 1e9;
            long kept = log.text(AgentLog.Source.STANDARD_OUTPUT).length();
            System.out.printf("256 MiB of output in %.1f s, %d bytes of it kept%n", seconds, kept);
            assertThat(kept)
                    .isLessThanOrEqualTo((long) (LogDelivery.BURST_BYTES + LogDelivery.BYTES_A_SECOND * (seconds + 1)))
                    .isLessThan(written);
        }
    }

    /** A window that opens a little at a time empties the pipe each time: the function is not to be slowed for that. */
    @Test
    void aFloodThatFindsItsPipeEmptyEachTimeIsNotSlowedToWhatIsGranted() throws Exception {
        CollectedLog log = new CollectedLog();
        try (AgentConnection agent = process.connect(function, log)) {
            assertThat(ask(agent, "flood-empty-pipe 16")).isEqualTo("flooded\n");
            ask(agent, "out last 1");
            long written = (16L << 20) + "last 0\n".length();
            await().atMost(LIMIT)
                    .until(() -> log.text(AgentLog.Source.STANDARD_OUTPUT).length() + log.droppedBytes() == written);
            assertThat(log.droppedBytes()).isGreaterThan(written / 2);
        }
    }

    private static long digits(int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Integer.toString(i).length();
        }
        return sum;
    }

    @Test
    void signalsReachTheFunctionAndItsEndIsTold() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            agent.signal(15);
            assertThat(agent.exit().get(60, TimeUnit.SECONDS))
                    .isEqualTo(new FunctionExit(true, 15, FunctionExit.Cause.ITSELF));
            assertCode(() -> agent.openStream(LIMIT), AgentException.Code.FUNCTION_EXITED);
            assertThat(process.pid()).isPositive();
        }
    }

    @Test
    void aShutdownEndsFunctionAndAgent() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            agent.shutdown(Duration.ofSeconds(30));
            assertThat(agent.exit().get(60, TimeUnit.SECONDS))
                    .isEqualTo(new FunctionExit(true, 15, FunctionExit.Cause.ITSELF));
            assertThat(agent.ended().get(60, TimeUnit.SECONDS).code()).isEqualTo(AgentException.Code.CLOSED);
            assertThat(process.awaitExit()).isZero();
        }
    }

    @Test
    void orphansAreReaped() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            for (int i = 0; i < 20; i++) {
                ask(agent, "orphan");
            }
            await().atMost(LIMIT)
                    .until(() -> ProcessHandle.of(process.pid())
                                    .orElseThrow()
                                    .descendants()
                                    .count()
                            == 1);
        }
    }

    @Test
    void whatCannotBeStartedIsExplained() throws Exception {
        try (AgentConnection agent = AgentConnection.toBooting(process.port(), new CollectedLog())) {
            agent.awaitHello(LIMIT);
            assertThatThrownBy(() -> agent.start(TestFunction.start(1, List.of("/no/program"), List.of()), LIMIT))
                    .hasMessageContaining("'/no/program' cannot be run: No such file or directory");
        }
    }

    @Test
    void whatEndsBeforeItListensIsTold() throws Exception {
        CollectedLog log = new CollectedLog();
        try (AgentConnection agent = AgentConnection.toBooting(process.port(), log)) {
            agent.awaitHello(LIMIT);
            agent.start(TestFunction.start(1, List.of(function.toString(), "exit", "3"), List.of()), LIMIT);
            assertThatThrownBy(() -> agent.awaitListening(LIMIT)).hasMessageContaining("exited with code 3");
            assertThat(agent.exit().get(60, TimeUnit.SECONDS))
                    .isEqualTo(new FunctionExit(false, 3, FunctionExit.Cause.ITSELF));
            await().atMost(LIMIT)
                    .until(() -> log.text(AgentLog.Source.STANDARD_OUTPUT).equals("to standard output\n")
                            && log.text(AgentLog.Source.STANDARD_ERROR).equals("to standard error\n"));
        }
    }

    @Test
    void anUnknownUserIsExplained() throws Exception {
        try (AgentConnection agent = AgentConnection.toBooting(process.port(), new CollectedLog())) {
            agent.awaitHello(LIMIT);
            StartRequest plain = TestFunction.start(1, List.of(function.toString()), List.of());
            StartRequest nobody = new StartRequest(
                    plain.arguments(),
                    plain.environment(),
                    "/",
                    "nobody-here",
                    plain.identity(),
                    plain.wallClock(),
                    plain.entropy(),
                    15,
                    1,
                    plain.readyTimeout());
            assertThatThrownBy(() -> agent.start(nobody, LIMIT)).hasMessageContaining("no user 'nobody-here'");
        }
    }

    @Test
    void aFreezeWithoutHooksIsQuietUntilTheRenewal() throws Exception {
        try (AgentConnection agent = process.connect(function, new CollectedLog())) {
            AgentStream open = agent.openStream(line("echo"), LIMIT);
            assertCode(() -> agent.quiesce(LIMIT, LIMIT), AgentException.Code.WRONG_STATE);
            open.output().close();
            assertThat(open.input().readAllBytes()).isEmpty();
            agent.quiesce(LIMIT, LIMIT);
            assertCode(() -> agent.openStream(LIMIT), AgentException.Code.WRONG_STATE);
            RenewRequest request = new RenewRequest(
                    RenewRequest.Kind.RESUMED,
                    Instant.now(),
                    Entropy.fresh(),
                    GuestIdentity.fresh("longer-than-the-first"),
                    LIMIT);
            agent.renew(request, LIMIT);
            assertThat(ask(agent, "read " + process.root().resolve("run/thaw/hostname")))
                    .isEqualTo("longer-than-the-first\n");
            assertThat(ask(agent, "read " + process.root().resolve("run/thaw/machine-id")))
                    .isEqualTo(request.identity().machineId() + "\n");
        }
    }

    @Test
    void aHostThatTalksNonsenseEndsTheAgentButNeverCrashesIt() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            try (AgentProcess victim = new AgentProcess(Files.createDirectory(folder.resolve("round" + round)))) {
                AgentConnection agent = victim.connect(function, new CollectedLog());
                agent.openStream(line("echo"), LIMIT);
                for (int i = 0; i < 200 && !agent.ended().isDone(); i++) {
                    sendNonsense(agent, random);
                }
                agent.close();
                assertThat(victim.awaitExit())
                        .as("seed %d round %d", seed, round)
                        .isZero();
            }
        }
    }

    /** A frame of a host's kind, with a payload of noise: mostly right in form, so that it reaches what is behind the form. */
    private static void sendNonsense(AgentConnection agent, Random random) {
        FrameType[] types = {
            FrameType.DATA,
            FrameType.WINDOW,
            FrameType.EOF,
            FrameType.RESET,
            FrameType.LOG_WINDOW,
            FrameType.OPEN,
            FrameType.QUIESCE,
            FrameType.RENEW,
            FrameType.START
        };
        FrameType type = types[Math.min(random.nextInt(40) / 3, random.nextInt(types.length))];
        int[] numbers = random.ints(
                        type == FrameType.DATA ? 1 + random.nextInt(500) : random.nextInt(50) == 0 ? 3 : 1, 0, 20_000)
                .toArray();
        int stream = type.ofStream() ? 1 + random.nextInt(4) : 0;
        try {
            agent.send(FrameEncoder.small(type, stream, type == FrameType.EOF ? new int[0] : numbers));
        } catch (AgentException e) {
            assertThat(e.code())
                    .isIn(AgentException.Code.CLOSED, AgentException.Code.GUEST_FAILED, AgentException.Code.PROTOCOL);
        }
    }
}
