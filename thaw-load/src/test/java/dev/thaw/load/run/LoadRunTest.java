package dev.thaw.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.load.run.RunFixture.Row;
import dev.thaw.load.run.StubServer.Behaviour;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LoadRunTest {
    private static final List<Behaviour> MIX = List.of(
            Behaviour.FAIL,
            Behaviour.STALL,
            Behaviour.CLOSE,
            Behaviour.GARBAGE,
            Behaviour.BREAK_OFF,
            Behaviour.NO_MEMORY,
            Behaviour.ANSWER,
            Behaviour.ANSWER,
            Behaviour.ANSWER,
            Behaviour.COLD);

    @TempDir
    Path directory;

    @Test
    void theFileHoldsExactlyWhatTheServerDid() throws IOException {
        try (StubServer server = new StubServer(i -> MIX.get(i % MIX.size()))) {
            RunFixture fixture = new RunFixture(directory, RunFixture.config(directory, "http1", 200), server.url());

            var figures = fixture.run();

            assertThat(server.requests()).isEqualTo(200);
            Map<String, Long> expected =
                    Map.of("ok", 80L, "status", 20L, "timeout", 20L, "closed", 40L, "garbage", 20L, "memory", 20L);
            assertThat(fixture.outcomes()).isEqualTo(expected);
            assertThat(figures.outcomes()).isEqualTo(expected);
            assertThat(fixture.rows())
                    .filteredOn(row -> row.is("functionTimeout", "true"))
                    .hasSize(100);
            assertThat(fixture.rows())
                    .filteredOn(row -> row.is("memoryAllocationTimeout", "true"))
                    .hasSize(20);
            assertThat(fixture.rows())
                    .filteredOn(row -> row.is("statusCode", "503"))
                    .hasSize(20);
            assertThat(fixture.rows())
                    .filteredOn(row -> row.is("startKind", "thaw-remote"))
                    .hasSize(20);
            assertThat(fixture.messages.toString(StandardCharsets.UTF_8))
                    .contains("sent 200/200, 0 in flight", "120 failed, 20 cold");
        }
    }

    @Test
    void writesInVitrosColumnsAndThenOurs() throws IOException {
        try (StubServer server = new StubServer(i -> Behaviour.COLD)) {
            RunFixture fixture = new RunFixture(directory, RunFixture.config(directory, "http1", 3), server.url());

            fixture.run();

            assertThat(Files.readAllLines(fixture.output).getFirst())
                    .startsWith(
                            "phase,instance,invocationID,startTime,requestedDuration,grpcConnEstablish,responseTime,"
                                    + "actualDuration,connectionTimeout,functionTimeout,actualMemoryUsage,memoryAllocationTimeout,"
                                    + "timeToSubmitMs,userCodeExecutionMs,timeToGetResponseMs,function,");
            assertThat(fixture.output.getFileName()).hasToString("out_duration_1.csv");
            Row row = fixture.rows().getFirst();
            assertThat(row.columns())
                    .containsEntry("phase", "2")
                    .containsEntry("instance", "instance-7")
                    .containsEntry("invocationID", "sec0.inv0")
                    .containsEntry("actualDuration", "1234")
                    .containsEntry("actualMemoryUsage", "2")
                    .containsEntry("connectionTimeout", "false")
                    .containsEntry("function", "trace-func-0-f")
                    .containsEntry("statusCode", "200")
                    .containsEntry("worker", "worker-1")
                    .containsEntry("thawInstance", "i-1")
                    .containsEntry("phases", "admit=0.5;fetch=12.0")
                    .containsEntry("error", "");
            long scheduled = Long.parseLong(row.get("scheduledTime"));
            assertThat(Long.parseLong(row.get("startTime"))).isEqualTo(scheduled + Long.parseLong(row.get("lateness")));
            assertThat(Long.parseLong(row.get("sendTime"))).isGreaterThanOrEqualTo(scheduled);
        }
    }

    @Test
    void asksForRunTimeAndMemory() throws IOException {
        try (StubServer server = new StubServer(i -> Behaviour.ANSWER)) {
            RunFixture fixture =
                    new RunFixture(directory, RunFixture.config(directory, "http1", 5), server.url() + "/x?y=1");

            fixture.run();

            assertThat(server.bodies()).allMatch(body -> body.matches("\\{\"runtime_ms\":\\d+,\"memory_mib\":\\d+}"));
            assertThat(server.heads())
                    .allMatch(head -> head.startsWith("POST /x?y=1 HTTP/1.1\r\n")
                            && head.contains("requested_cpu: ")
                            && head.contains("requested_memory: ")
                            && head.contains("function: trace-func-0-f"));
        }
    }

    /** A loader that waited for answers would never send the request that opens the gate. */
    @Test
    void aStalledServerDoesNotHoldRequestsBack() throws IOException {
        int requests = 400;
        try (StubServer server = new StubServer(i -> Behaviour.ANSWER).holdingUntil(requests)) {
            String config = RunFixture.config(directory, "http1", requests)
                    .replace("\"GRPCFunctionTimeoutSeconds\": 1", "\"GRPCFunctionTimeoutSeconds\": 30");
            RunFixture fixture = new RunFixture(directory, config, server.url());

            fixture.run();

            assertThat(fixture.outcomes()).isEqualTo(Map.of("ok", (long) requests));
        }
    }

    @Test
    void recordsThatNobodyListens() throws IOException {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = unused.getLocalPort();
        }
        RunFixture fixture =
                new RunFixture(directory, RunFixture.config(directory, "http1", 7), "http://127.0.0.1:" + port);

        fixture.run();

        assertThat(fixture.outcomes()).isEqualTo(Map.of("connect", 7L));
        assertThat(fixture.rows())
                .allMatch(row -> row.is("connectionTimeout", "true")
                        && row.is("functionTimeout", "false")
                        && row.is("sendTime", "0"));
    }

    @Test
    void whenStoppedWritesWhatWasMeasured() throws Exception {
        int answered = 10;
        try (StubServer server = new StubServer(i -> i < answered ? Behaviour.ANSWER : Behaviour.STALL)) {
            String config = RunFixture.config(directory, "http1", 20)
                    .replace("\"second\"", "\"minute\"")
                    .replace("\"GRPCFunctionTimeoutSeconds\": 1", "\"GRPCFunctionTimeoutSeconds\": 600");
            Files.writeString(
                    directory.resolve("trace/invocations.csv"),
                    "HashOwner,HashApp,HashFunction,Trigger,1\no,a,f,queue,12000\n");
            RunFixture fixture = new RunFixture(directory, config, server.url());
            CompletableFuture<Void> done = CompletableFuture.runAsync(fixture::run);
            await().atMost(30, TimeUnit.SECONDS).until(() -> server.requests() > answered + 5);

            fixture.run.stop();
            done.get(30, TimeUnit.SECONDS);

            Map<String, Long> outcomes = fixture.outcomes();
            assertThat(outcomes).containsEntry("ok", (long) answered).containsOnlyKeys("ok", "interrupted");
            assertThat(outcomes.get("interrupted")).isGreaterThan(5);
            assertThat(fixture.rows()).hasSizeLessThan(12_000);
        }
    }

    @Test
    void keepsWarmUpAndExecutionApart() throws IOException {
        try (StubServer server = new StubServer(i -> Behaviour.ANSWER)) {
            String config = RunFixture.config(directory, "http1", 5)
                    .replace("\"Granularity\"", "\"WarmupDuration\": 1, \"Granularity\"");
            Files.writeString(
                    directory.resolve("trace/invocations.csv"),
                    "HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,queue,4,6\n");
            RunFixture fixture = new RunFixture(directory, config, server.url());

            var figures = fixture.run();

            assertThat(fixture.rows()).filteredOn(row -> row.is("phase", "1")).hasSize(4);
            assertThat(fixture.rows()).filteredOn(row -> row.is("phase", "2")).hasSize(6);
            assertThat(figures.total()).isEqualTo(10);
            assertThat(figures.response().size()).isEqualTo(6);
            assertThat(fixture.output.getFileName()).hasToString("out_duration_2.csv");
        }
    }
}
