package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1: one request at a time on a connection, connections kept for the next one, the most recently used first. A request is never
 * sent twice, so that a connection that the other side closes just then counts as closed; connections idle for long are not used again
 * to make that rare.
 */
final class Http1Invoker implements Invoker {
    private static final long MAX_IDLE_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final int MAX_HEAD_BYTES = 65_536;

    private final EventLoop loop;
    private final Duration functionTimeout;
    private final Bootstrap bootstrap;
    private final Map<Address, ArrayDeque<Connection>> idle = new HashMap<>();
    private final Set<Channel> open = new HashSet<>();

    Http1Invoker(EventLoop loop, Duration connectionTimeout, Duration functionTimeout) {
        this.loop = requireNonNull(loop, "loop is null");
        this.functionTimeout = requireNonNull(functionTimeout, "functionTimeout is null");
        bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(connectionTimeout.toMillis()));
    }

    private record Address(String host, int port) {}

    @Override
    public void invoke(Exchange exchange) {
        Target target = exchange.invocation().target();
        Address address = new Address(target.host(), target.port());
        Connection connection = takeIdle(address);
        if (connection != null) {
            connection.send(exchange);
            return;
        }
        Connection fresh = new Connection(address);
        var connecting = bootstrap.clone().handler(fresh.initializer()).connect(address.host, address.port);
        open.add(connecting.channel());
        connecting.channel().closeFuture().addListener(closed -> open.remove(connecting.channel()));
        exchange.abortWith(connecting.channel()::close);
        connecting.addListener((ChannelFutureListener) future -> {
            if (future.isSuccess()) {
                fresh.send(exchange);
            } else {
                exchange.fail(Outcome.CONNECT, String.valueOf(future.cause().getMessage()));
            }
        });
    }

    @Nullable
    private Connection takeIdle(Address address) {
        ArrayDeque<Connection> connections = idle.get(address);
        if (connections == null) {
            return null;
        }
        long now = System.nanoTime();
        Connection newest = connections.pollLast();
        while (newest != null) {
            if (newest.isUsable(now)) {
                return newest;
            }
            newest.close();
            newest = connections.pollLast();
        }
        return null;
    }

    @Override
    public void close() {
        Set.copyOf(open).forEach(Channel::close);
    }

    private final class Connection implements HttpAnswerHandler.Listener {
        private final Address address;
        private final HttpAnswerHandler answers = new HttpAnswerHandler(this);
        private @Nullable Channel channel;
        private long idleSince;

        Connection(Address address) {
            this.address = address;
        }

        ChannelInitializer<Channel> initializer() {
            return new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel created) {
                    channel = created;
                    created.pipeline()
                            .addLast(new HttpClientCodec(MAX_HEAD_BYTES, MAX_HEAD_BYTES, MAX_HEAD_BYTES))
                            .addLast(answers);
                }
            };
        }

        void send(Exchange exchange) {
            Channel connected = requireNonNull(channel, "channel is null");
            if (exchange.isFinished()) {
                connected.close();
                return;
            }
            exchange.connected();
            exchange.abortWith(connected::close);
            exchange.timer(loop.schedule(
                    () -> exchange.fail(Outcome.TIMEOUT, "no answer within " + functionTimeout.toSeconds() + " s"),
                    functionTimeout.toMillis(),
                    TimeUnit.MILLISECONDS));
            answers.expect(exchange);
            exchange.sent();
            connected
                    .writeAndFlush(TraceFunctionHttp.request(exchange.invocation()))
                    .addListener(written -> {
                        if (!written.isSuccess()) {
                            exchange.fail(Outcome.CLOSED, String.valueOf(written.cause()));
                        }
                    });
        }

        boolean isUsable(long now) {
            return channel != null && channel.isActive() && now - idleSince < MAX_IDLE_NANOS;
        }

        void close() {
            if (channel != null) {
                channel.close();
            }
        }

        @Override
        public void free(ChannelHandlerContext context, boolean reusable) {
            if (reusable && context.channel().isActive()) {
                idleSince = System.nanoTime();
                idle.computeIfAbsent(address, key -> new ArrayDeque<>()).addLast(this);
            } else {
                context.close();
            }
        }
    }
}
