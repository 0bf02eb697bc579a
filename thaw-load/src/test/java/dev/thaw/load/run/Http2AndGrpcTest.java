package dev.thaw.load.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.load.plan.Protocol;
import dev.thaw.load.proto.ExecutorGrpc;
import dev.thaw.load.proto.FaasReply;
import dev.thaw.load.proto.FaasRequest;
import dev.thaw.load.run.RunFixture.Row;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class Http2AndGrpcTest {
    @TempDir
    Path directory;

    @Test
    void http2Answers() throws IOException {
        withEcho(Protocol.HTTP2, url -> {
            RunFixture fixture = new RunFixture(directory, RunFixture.config(directory, "http2", 300), url);

            fixture.run();

            assertThat(fixture.outcomes()).isEqualTo(Map.of("ok", 300L));
            assertThat(fixture.rows()).allMatch(row -> row.is("statusCode", "200"));
        });
    }

    @Test
    void vSwarmsFunctionsAnswer() throws IOException {
        withEcho(Protocol.GREETER, url -> {
            String config = RunFixture.config(directory, "grpc", 50)
                    .replace("\"Granularity\"", "\"VSwarm\": true, \"Granularity\"");
            RunFixture fixture = new RunFixture(directory, config, url);

            fixture.run();

            assertThat(fixture.outcomes()).isEqualTo(Map.of("ok", 50L));
        });
    }

    @Test
    void grpcInKnownProportions() throws IOException {
        Executor executor = new Executor(1);
        withGrpc(executor, url -> {
            RunFixture fixture = new RunFixture(directory, RunFixture.config(directory, "grpc", 200), url);

            fixture.run();

            assertThat(fixture.outcomes()).isEqualTo(Map.of("ok", 120L, "status", 40L, "timeout", 20L, "memory", 20L));
            assertThat(executor.authorities).hasSize(200).allMatch(url.substring("http://".length())::equals);
            Row ok = fixture.rows().stream()
                    .filter(row -> row.is("outcome", "ok"))
                    .findFirst()
                    .orElseThrow();
            assertThat(ok.columns())
                    .containsEntry("instance", "trace-func-instance")
                    .containsEntry("actualMemoryUsage", "3")
                    .containsEntry("startKind", "boot")
                    .containsEntry("worker", "worker-0")
                    .containsEntry("phases", "vmm=7.0");
            assertThat(Long.parseLong(ok.get("actualDuration")))
                    .isEqualTo(Long.parseLong(ok.get("requestedDuration")) + 1);
        });
    }

    @Test
    void grpcDoesNotHoldRequestsBack() throws IOException {
        int requests = 400;
        withGrpc(new Executor(requests), url -> {
            String config = RunFixture.config(directory, "grpc", requests)
                    .replace("\"GRPCFunctionTimeoutSeconds\": 1", "\"GRPCFunctionTimeoutSeconds\": 10");
            RunFixture fixture = new RunFixture(directory, config, url);

            fixture.run();

            assertThat(fixture.rows()).hasSize(requests);
            assertThat(fixture.outcomes().get("ok")).isEqualTo(240);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"http2", "grpc"})
    void whatIsNotOfTheProtocolIsRecorded(String protocol) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answerGarbage(server));
            String url = "http://127.0.0.1:" + server.getLocalPort();
            RunFixture fixture = new RunFixture(directory, RunFixture.config(directory, protocol, 3), url);

            fixture.run();

            // gRPC keeps trying for a connection that speaks HTTP/2 until its time is over.
            assertThat(fixture.outcomes()).isEqualTo(Map.of(protocol.equals("grpc") ? "connect" : "garbage", 3L));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http2", "grpc"})
    void nobodyListens(String protocol) throws IOException {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = unused.getLocalPort();
        }
        RunFixture fixture =
                new RunFixture(directory, RunFixture.config(directory, protocol, 4), "http://127.0.0.1:" + port);

        fixture.run();

        assertThat(fixture.outcomes()).isEqualTo(Map.of("connect", 4L));
    }

    private static void answerGarbage(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                socket.getOutputStream()
                        .write("HTTP/1.1 400 this is not HTTP/2\r\n\r\n and goes on"
                                .getBytes(StandardCharsets.US_ASCII));
                socket.getInputStream().skip(1000);
            } catch (IOException e) {
                // Closed: the test is over.
            }
        }
    }

    private interface Body {
        void run(String url) throws IOException;
    }

    private static void withEcho(Protocol protocol, Body body) throws IOException {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (EchoServer server = EchoServer.start(protocol, group.next())) {
            body.run("http://127.0.0.1:" + server.port());
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static void withGrpc(Executor executor, Body body) throws IOException {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .maxConcurrentCallsPerConnection(100)
                .addService(executor)
                .intercept(executor)
                .build()
                .start();
        try {
            body.run("http://127.0.0.1:" + server.getPort());
        } finally {
            server.shutdownNow();
        }
    }

    /** Of each ten: one fails in the function, one is overloaded, one never answers, one finds no memory, six are right. */
    private static final class Executor extends ExecutorGrpc.ExecutorImplBase implements ServerInterceptor {
        private final AtomicInteger requests = new AtomicInteger();
        private final CountDownLatch gate;
        final List<String> authorities = new CopyOnWriteArrayList<>();

        Executor(int holdUntil) {
            gate = new CountDownLatch(holdUntil);
        }

        @Override
        public void execute(FaasRequest request, StreamObserver<FaasReply> reply) {
            gate.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            FaasReply.Builder answer = FaasReply.newBuilder()
                    .setMessage("OK - trace-func-instance")
                    .setDurationInMicroSec(request.getRuntimeInMilliSec() * 1000 + 1)
                    .setMemoryUsageInKb(3 * 1024);
            switch (requests.getAndIncrement() % 10) {
                case 0 ->
                    reply.onError(Status.INTERNAL
                            .withDescription("the function failed")
                            .asRuntimeException());
                case 1 ->
                    reply.onError(
                            Status.UNAVAILABLE.withDescription("overloaded").asRuntimeException());
                case 2 -> {
                    // No answer at all.
                }
                case 3 -> {
                    reply.onNext(answer.setMessage("FAILURE - mem_alloc").build());
                    reply.onCompleted();
                }
                default -> {
                    reply.onNext(answer.build());
                    reply.onCompleted();
                }
            }
        }

        @Override
        public <RequestT, ReplyT> ServerCall.Listener<RequestT> interceptCall(
                ServerCall<RequestT, ReplyT> call, Metadata headers, ServerCallHandler<RequestT, ReplyT> next) {
            authorities.add(String.valueOf(call.getAuthority()));
            return next.startCall(
                    new SimpleForwardingServerCall<>(call) {
                        @Override
                        public void sendHeaders(Metadata sent) {
                            sent.put(Metadata.Key.of("thaw-start", Metadata.ASCII_STRING_MARSHALLER), "boot");
                            sent.put(Metadata.Key.of("thaw-worker", Metadata.ASCII_STRING_MARSHALLER), "worker-0");
                            sent.put(Metadata.Key.of("server-timing", Metadata.ASCII_STRING_MARSHALLER), "vmm;dur=7");
                            super.sendHeaders(sent);
                        }
                    },
                    headers);
        }
    }
}
