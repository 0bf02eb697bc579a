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
import java.util.LinkedHashSet;
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
    private final Duration connectionTimeout;
    private final Duration functionTimeout;
    private final Bootstrap bootstrap;
    private final Map<Address, Pool> pools = new HashMap<>();
    private final Set<Channel> open = new HashSet<>();

    Http1Invoker(EventLoop loop, Duration connectionTimeout, Duration functionTimeout) {
        this.loop = requireNonNull(loop, "loop is null");
        this.connectionTimeout = requireNonNull(connectionTimeout, "connectionTimeout is null");
        this.functionTimeout = requireNonNull(functionTimeout, "functionTimeout is null");
        bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(connectionTimeout.toMillis()));
    }

    private record Address(String host, int port) {}

    /** Connections that wait for requests, and requests that wait for connections; at most one of them has any. */
    private static final class Pool {
        private final ArrayDeque<Connection> idle = new ArrayDeque<>();
        private final Set<Exchange> waiting = new LinkedHashSet<>();

        @Nullable
        Connection takeIdle() {
            long now = System.nanoTime();
            Connection newest = idle.pollLast();
            while (newest != null && !newest.isUsable(now)) {
                newest.close();
                newest = idle.pollLast();
            }
            return newest;
        }

        @Nullable
        Exchange takeWaiting() {
            Exchange oldest = null;
            while (oldest == null && !waiting.isEmpty()) {
                oldest = waiting.iterator().next();
                waiting.remove(oldest);
                oldest = oldest.isFinished() ? null : oldest;
            }
            return oldest;
        }
    }

    @Override
    public void invoke(Exchange exchange) {
        Target target = exchange.invocation().target();
        Address address = new Address(target.host(), target.port());
        Pool pool = pools.computeIfAbsent(address, key -> new Pool());
        Connection connection = pool.takeIdle();
        if (connection != null) {
            connection.send(exchange);
        } else if (open.size() >= OpenFiles.CONNECTIONS) {
            exchange.fail(Outcome.CONNECT, OpenFiles.EXHAUSTED);
        } else {
            // Whichever comes first: the new connection, or one that another request is done with.
            pool.waiting.add(exchange);
            exchange.abortWith(() -> pool.waiting.remove(exchange));
            exchange.timer(loop.schedule(
                    () -> exchange.fail(
                            Outcome.CONNECT, "no connection within " + connectionTimeout.toSeconds() + " s"),
                    connectionTimeout.toMillis(),
                    TimeUnit.MILLISECONDS));
            connect(address, pool, exchange);
        }
    }

    private void connect(Address address, Pool pool, Exchange exchange) {
        Connection fresh = new Connection(pool);
        var connecting = bootstrap.clone().handler(fresh.initializer()).connect(address.host, address.port);
        Channel channel = connecting.channel();
        open.add(channel);
        channel.closeFuture().addListener(closed -> OnLoop.run(loop, () -> open.remove(channel)));
        connecting.addListener((ChannelFutureListener) future -> OnLoop.run(loop, () -> {
            if (future.isSuccess()) {
                fresh.becomeFree();
            } else {
                open.remove(channel);
                if (pool.waiting.remove(exchange)) {
                    exchange.fail(Outcome.CONNECT, String.valueOf(future.cause().getMessage()));
                }
            }
        }));
    }

    @Override
    public void close() {
        Set.copyOf(open).forEach(Channel::close);
    }

    private final class Connection implements HttpAnswerHandler.Listener {
        private final Pool pool;
        private final HttpAnswerHandler answers = new HttpAnswerHandler(this);
        private @Nullable Channel channel;
        private long idleSince;

        Connection(Pool pool) {
            this.pool = pool;
        }

        /** Takes the next request that waits, or waits for one. */
        void becomeFree() {
            Exchange next = pool.takeWaiting();
            if (next != null) {
                send(next);
            } else {
                idleSince = System.nanoTime();
                pool.idle.addLast(this);
            }
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
                becomeFree();
            } else {
                context.close();
            }
        }
    }
}
