package dev.thaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real gRPC client and a real gRPC server, with the gateway between them. */
class GrpcTest {
    private static final MethodDescriptor<byte[], byte[]> UNARY = method("Unary", MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> DOWN = method("Down", MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> UP = method("Up", MethodType.CLIENT_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> BOTH = method("Both", MethodType.BIDI_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> WAIT = method("Wait", MethodType.SERVER_STREAMING);
    private static final Metadata.Key<String> START = Metadata.Key.of("thaw-start", Metadata.ASCII_STRING_MARSHALLER);

    @TempDir
    Path folder;

    private final CountDownLatch waiting = new CountDownLatch(1);
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private Server server;
    private DaemonFixture fixture;
    private ManagedChannel channel;

    @BeforeEach
    void open() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(service())
                .maxInboundMessageSize(64 << 20)
                .build()
                .start();
        fixture = new DaemonFixture(folder, Map.of("grpc", new PipedFunction(server.getPort())), Map.of());
        fixture.deploy("grpc", "grpc", ", \"concurrency\": 100");
        // By the host's name, as gRPC has no room for a prefix of the path.
        channel = NettyChannelBuilder.forAddress(
                        InetAddress.getLoopbackAddress().getHostAddress(),
                        fixture.daemon.address().getPort())
                .overrideAuthority("grpc.example.com")
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .build();
    }

    @AfterEach
    void close() throws Exception {
        channel.shutdownNow();
        assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        fixture.close();
        server.shutdownNow();
        assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private ServerServiceDefinition service() {
        return ServerServiceDefinition.builder("test.Echo")
                .addMethod(UNARY, ServerCalls.asyncUnaryCall((request, observer) -> unary(request, observer)))
                .addMethod(DOWN, ServerCalls.asyncServerStreamingCall((request, observer) -> {
                    for (int i = 0; i < request[0]; i++) {
                        observer.onNext(new byte[] {(byte) i});
                    }
                    observer.onCompleted();
                }))
                .addMethod(UP, ServerCalls.asyncClientStreamingCall(this::sum))
                .addMethod(BOTH, ServerCalls.asyncBidiStreamingCall(GrpcTest::echo))
                .addMethod(WAIT, ServerCalls.asyncServerStreamingCall((request, observer) -> {
                    ((ServerCallStreamObserver<byte[]>) observer).setOnCancelHandler(cancelled::countDown);
                    observer.onNext(new byte[] {1});
                    waiting.countDown();
                }))
                .build();
    }

    private static void unary(byte[] request, StreamObserver<byte[]> observer) {
        if (Arrays.equals(request, new byte[] {13})) {
            observer.onError(Status.FAILED_PRECONDITION
                    .withDescription("thirteen is not taken")
                    .asException());
            return;
        }
        observer.onNext(request);
        observer.onCompleted();
    }

    private StreamObserver<byte[]> sum(StreamObserver<byte[]> observer) {
        return new Observer() {
            private int bytes;

            @Override
            public void onNext(byte[] message) {
                bytes += message.length;
                arrived.countDown();
            }

            @Override
            public void onCompleted() {
                observer.onNext(Integer.toString(bytes).getBytes(java.nio.charset.StandardCharsets.UTF_8));
                observer.onCompleted();
            }
        };
    }

    private static StreamObserver<byte[]> echo(StreamObserver<byte[]> observer) {
        return new Observer() {
            @Override
            public void onNext(byte[] message) {
                observer.onNext(message);
            }

            @Override
            public void onCompleted() {
                observer.onCompleted();
            }
        };
    }

    private abstract static class Observer implements StreamObserver<byte[]> {
        @Override
        public void onError(Throwable fault) {
            // The client is gone; so is this call.
        }
    }

    @Test
    void aCallIsAColdStartAndTheNextAWarmOne() {
        byte[] request = "hello".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        AtomicReference<Metadata> headers = new AtomicReference<>();
        AtomicReference<Metadata> trailers = new AtomicReference<>();
        Channel seeing =
                ClientInterceptors.intercept(channel, MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
        assertThat(ClientCalls.blockingUnaryCall(seeing, UNARY, CallOptions.DEFAULT, request))
                .isEqualTo(request);
        assertThat(headers.get().get(START)).isEqualTo("boot");
        assertThat(ClientCalls.blockingUnaryCall(seeing, UNARY, CallOptions.DEFAULT, request))
                .isEqualTo(request);
        assertThat(headers.get().get(START)).isEqualTo("warm");
    }

    @Test
    void aFunctionsStatusArrivesInItsTrailers() {
        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, new byte[] {13}))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                    assertThat(e.getStatus().getDescription()).isEqualTo("thirteen is not taken");
                });
    }

    @Test
    void messagesLargerThanAnyWindowPassWhole() {
        byte[] request = new byte[9_000_000];
        new Random(7).nextBytes(request);
        assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, request))
                .isEqualTo(request);
    }

    @Test
    void anAnswerStreams() {
        List<Integer> all = new ArrayList<>();
        Iterator<byte[]> answers =
                ClientCalls.blockingServerStreamingCall(channel, DOWN, CallOptions.DEFAULT, new byte[] {100});
        answers.forEachRemaining(answer -> all.add((int) answer[0]));
        assertThat(all).hasSize(100).isSorted();
    }

    @Test
    void aRequestStreams() throws Exception {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        StreamObserver<byte[]> request =
                ClientCalls.asyncClientStreamingCall(channel.newCall(UP, CallOptions.DEFAULT), completing(answer));
        for (int i = 0; i < 200; i++) {
            request.onNext(new byte[10_000]);
        }
        request.onCompleted();
        assertThat(answer.get(30, TimeUnit.SECONDS)).asString().isEqualTo("2000000");
    }

    @Test
    void bothWaysAtOnceEachMessageIsAnsweredBeforeTheNextIsSent() throws Exception {
        List<byte[]> answers = new ArrayList<>();
        CompletableFuture<byte[]> ended = new CompletableFuture<>();
        StreamObserver<byte[]> request =
                ClientCalls.asyncBidiStreamingCall(channel.newCall(BOTH, CallOptions.DEFAULT), new Observer() {
                    @Override
                    public void onNext(byte[] message) {
                        synchronized (answers) {
                            answers.add(message);
                        }
                    }

                    @Override
                    public void onCompleted() {
                        ended.complete(new byte[0]);
                    }
                });
        for (int i = 0; i < 20; i++) {
            int sent = i + 1;
            request.onNext(new byte[] {(byte) i});
            await().until(() -> {
                synchronized (answers) {
                    return answers.size() == sent;
                }
            });
        }
        request.onCompleted();
        ended.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aCallThatTheClientGivesUpIsGivenUpInTheFunction() throws Exception {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        var call = channel.newCall(WAIT, CallOptions.DEFAULT);
        ClientCalls.asyncServerStreamingCall(call, new byte[] {1}, completing(answer));
        assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
        call.cancel("no longer wanted", null);
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void manyCallsShareOneConnection() throws Exception {
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        Random random = new Random(11);
        List<byte[]> requests = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            byte[] request = new byte[random.nextInt(50_000) + 1];
            random.nextBytes(request);
            requests.add(request);
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            ClientCalls.asyncUnaryCall(channel.newCall(UNARY, CallOptions.DEFAULT), request, completing(answer));
            answers.add(answer);
        }
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(requests.get(i));
        }
    }

    @Test
    void theDaemonEndsWithCallsAnswered() throws Exception {
        ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, new byte[] {1});
        CompletableFuture<byte[]> ended = new CompletableFuture<>();
        StreamObserver<byte[]> request =
                ClientCalls.asyncClientStreamingCall(channel.newCall(UP, CallOptions.DEFAULT), completing(ended));
        request.onNext(new byte[5]);
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        Thread closing = Thread.ofVirtual().start(fixture.daemon::close);
        request.onNext(new byte[5]);
        request.onCompleted();
        assertThat(ended.get(30, TimeUnit.SECONDS)).asString().isEqualTo("10");
        closing.join();
    }

    private static StreamObserver<byte[]> completing(CompletableFuture<byte[]> answer) {
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] message) {
                answer.complete(message);
            }

            @Override
            public void onError(Throwable fault) {
                answer.completeExceptionally(fault);
            }

            @Override
            public void onCompleted() {
                answer.completeExceptionally(new IllegalStateException("ended without a message"));
            }
        };
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName("test.Echo/" + name)
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
