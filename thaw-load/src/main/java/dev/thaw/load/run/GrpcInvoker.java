package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.run.Exchange.Answer;
import dev.thaw.load.run.GrpcMethod.Reply;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * gRPC over plain TCP. In-Vitro opens a connection for each invocation; here a connection carries up to a bound of them and another is
 * opened when all are full, so that no invocation waits on this side for the end of another.
 */
final class GrpcInvoker<RequestT, ReplyT> implements Invoker {
    private static final int MAX_STREAMS = 90;

    private static final Metadata.Key<String> START = key("thaw-start");
    private static final Metadata.Key<String> WORKER = key("thaw-worker");
    private static final Metadata.Key<String> INSTANCE = key("thaw-instance");
    private static final Metadata.Key<String> TIMING = key("server-timing");

    private final EventLoop loop;
    private final GrpcMethod<RequestT, ReplyT> method;
    private final Duration connectionTimeout;
    private final Duration functionTimeout;
    private final Map<Address, List<Connection>> connections = new HashMap<>();

    GrpcInvoker(
            EventLoop loop, GrpcMethod<RequestT, ReplyT> method, Duration connectionTimeout, Duration functionTimeout) {
        this.loop = requireNonNull(loop, "loop is null");
        this.method = requireNonNull(method, "method is null");
        this.connectionTimeout = requireNonNull(connectionTimeout, "connectionTimeout is null");
        this.functionTimeout = requireNonNull(functionTimeout, "functionTimeout is null");
    }

    private record Address(String host, int port) {}

    private static final class Connection {
        private final ManagedChannel channel;
        private int streams;

        Connection(ManagedChannel channel) {
            this.channel = channel;
        }
    }

    @Override
    public void invoke(Exchange exchange) {
        Target target = exchange.invocation().target();
        Connection connection = connectionFor(new Address(target.host(), target.port()));
        connection.streams++;
        // Waits for a connection as In-Vitro's blocking dial does; the timer below bounds it.
        CallOptions options = CallOptions.DEFAULT
                .withWaitForReady()
                .withAuthority(target.authority())
                .withStreamTracerFactory(new ConnectionWatch(exchange));
        ClientCall<RequestT, ReplyT> call = connection.channel.newCall(method.descriptor(), options);
        exchange.abortWith(() -> call.cancel("given up", null));
        exchange.timer(loop.schedule(
                () -> exchange.fail(Outcome.CONNECT, "no connection within " + connectionTimeout.toSeconds() + " s"),
                connectionTimeout.toMillis(),
                TimeUnit.MILLISECONDS));
        call.start(new Answers(exchange, connection), new Metadata());
        call.request(1);
        call.sendMessage(method.request().apply(exchange.invocation()));
        call.halfClose();
    }

    private Connection connectionFor(Address address) {
        List<Connection> known = connections.computeIfAbsent(address, key -> new ArrayList<>());
        for (Connection connection : known) {
            if (connection.streams < MAX_STREAMS) {
                return connection;
            }
        }
        Connection fresh = new Connection(NettyChannelBuilder.forAddress(address.host, address.port)
                .usePlaintext()
                .eventLoopGroup(loop)
                .channelType(NioSocketChannel.class)
                .directExecutor()
                .disableRetry()
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(connectionTimeout.toMillis()))
                .build());
        known.add(fresh);
        return fresh;
    }

    @Override
    public void close() {
        connections.values().forEach(all -> all.forEach(connection -> connection.channel.shutdownNow()));
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    /** Learns when a call got its connection: from then on the function's timeout counts. */
    private final class ConnectionWatch extends ClientStreamTracer.Factory {
        private final Exchange exchange;

        ConnectionWatch(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
            return new ClientStreamTracer() {
                @Override
                public void streamCreated(Attributes transport, Metadata created) {
                    exchange.connected();
                    exchange.timer(loop.schedule(
                            () -> exchange.fail(
                                    Outcome.TIMEOUT, "no answer within " + functionTimeout.toSeconds() + " s"),
                            functionTimeout.toMillis(),
                            TimeUnit.MILLISECONDS));
                }

                @Override
                public void outboundHeaders() {
                    exchange.sent();
                }
            };
        }
    }

    private final class Answers extends ClientCall.Listener<ReplyT> {
        private final Exchange exchange;
        private final Connection connection;
        private Metadata headers = new Metadata();
        private @Nullable Reply reply;

        Answers(Exchange exchange, Connection connection) {
            this.exchange = exchange;
            this.connection = connection;
        }

        @Override
        public void onHeaders(Metadata received) {
            headers = received;
        }

        @Override
        public void onMessage(ReplyT message) {
            reply = method.reply().apply(message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            connection.streams--;
            Reply received = reply == null ? new Reply("", 0, 0) : reply;
            int code = status.getCode().value();
            if (!status.isOk()) {
                exchange.finish(outcome(status), code, String.valueOf(describe(status)), () -> Answer.NONE);
            } else if (TraceFunctionHttp.isMemoryFailure(received.message())) {
                exchange.finish(Outcome.MEMORY, code, received.message(), () -> answer(received));
            } else {
                exchange.finish(Outcome.OK, code, "", () -> answer(received));
            }
        }

        private Answer answer(Reply received) {
            String start = header(START);
            String timing = header(TIMING);
            return new Answer(
                    received.instance(),
                    received.durationMicros() > 0
                            ? received.durationMicros()
                            : ServerTiming.functionMicros(timing, start),
                    received.memoryMib(),
                    start,
                    header(WORKER),
                    header(INSTANCE),
                    timing);
        }

        private String header(Metadata.Key<String> key) {
            Iterable<String> values = headers.getAll(key);
            return values == null ? "" : String.join(", ", values);
        }

        private static String describe(Status status) {
            return status.getCode() + (status.getDescription() == null ? "" : ": " + status.getDescription());
        }

        /** gRPC's own codes for what happened below it; any other is the function's answer. */
        private static Outcome outcome(Status status) {
            return switch (status.getCode()) {
                case UNAVAILABLE ->
                    status.getCause() instanceof java.net.ConnectException
                            ? Outcome.CONNECT
                            : isFromBelow(status) ? Outcome.CLOSED : Outcome.STATUS;
                case INTERNAL, UNKNOWN -> isGarbage(status) ? Outcome.GARBAGE : Outcome.STATUS;
                case CANCELLED -> isFromBelow(status) ? Outcome.CLOSED : Outcome.STATUS;
                default -> Outcome.STATUS;
            };
        }

        private static boolean isFromBelow(Status status) {
            String text = String.valueOf(status.getDescription());
            return status.getCause() != null
                    || text.startsWith("Network closed")
                    || text.startsWith("Connection closed")
                    || text.contains("RST_STREAM")
                    || text.contains("GOAWAY")
                    || text.contains("io exception");
        }

        private static boolean isGarbage(Status status) {
            String text = String.valueOf(status.getDescription());
            return status.getCause() != null || text.startsWith("http2 exception") || text.contains("Invalid protobuf");
        }
    }
}
