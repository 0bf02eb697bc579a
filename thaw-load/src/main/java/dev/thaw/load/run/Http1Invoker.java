package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * HTTP/1.1: one request at a time on a connection, connections kept for the next one. A request is never sent twice, so that a
 * connection that the other side closes just then counts as closed. When there are as many connections as there may be, requests wait
 * for one, and the wait is part of their response time.
 */
final class Http1Invoker implements Invoker {
    private final EventLoop loop;
    private final Duration connectionTimeout;
    private final Duration functionTimeout;
    private final int mostConnections;
    private final Bootstrap bootstrap;
    private final Map<Address, Http1Pool> pools = new HashMap<>();
    private final Set<Channel> open = new HashSet<>();

    /** Have requests that wait for another connection to be closed. */
    private final Set<Http1Pool> starving = new LinkedHashSet<>();

    /** @param mostConnections to all targets together */
    Http1Invoker(EventLoop loop, Duration connectionTimeout, Duration functionTimeout, int mostConnections) {
        this.loop = requireNonNull(loop, "loop is null");
        this.connectionTimeout = requireNonNull(connectionTimeout, "connectionTimeout is null");
        this.functionTimeout = requireNonNull(functionTimeout, "functionTimeout is null");
        this.mostConnections = mostConnections;
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
        pools.computeIfAbsent(
                        new Address(target.host(), target.port()),
                        address -> new Http1Pool(this, address.host(), address.port()))
                .take(exchange);
    }

    /** Whether another connection may be opened. When not, the pool is asked again as soon as one may. */
    boolean mayOpen(Http1Pool pool) {
        // One that is idle elsewhere is of no use to the request that waits here.
        if (isFull() && pools.values().stream().noneMatch(Http1Pool::closeOldestIdle)) {
            starving.add(pool);
            return false;
        }
        return true;
    }

    void connect(String host, int port, Http1Connection connection, Consumer<ChannelFuture> whenDone) {
        ChannelFuture connecting =
                bootstrap.clone().handler(connection.initializer()).connect(host, port);
        Channel channel = connecting.channel();
        open.add(channel);
        channel.closeFuture().addListener(closed -> OnLoop.run(loop, () -> closed(channel)));
        connecting.addListener((ChannelFutureListener) future -> OnLoop.run(loop, () -> {
            if (!future.isSuccess()) {
                closed(channel);
            }
            whenDone.accept(future);
        }));
    }

    private void closed(Channel channel) {
        open.remove(channel);
        for (Http1Pool pool : Set.copyOf(starving)) {
            if (isFull()) {
                return;
            }
            starving.remove(pool);
            pool.openForWaiting();
        }
    }

    private boolean isFull() {
        return open.size() >= mostConnections;
    }

    /** From now on the exchange waits for a connection. */
    void limitWait(Exchange exchange) {
        exchange.timer(loop.schedule(
                () -> exchange.fail(Outcome.CONNECT, noConnection()),
                connectionTimeout.toMillis(),
                TimeUnit.MILLISECONDS));
    }

    private String noConnection() {
        String late = "no connection within " + connectionTimeout.toSeconds() + " s";
        return isFull() ? late + "; " + OpenFiles.exhausted(mostConnections) : late;
    }

    /** From now on the exchange waits for its answer. */
    void limitAnswer(Exchange exchange) {
        exchange.timer(loop.schedule(
                () -> exchange.fail(Outcome.TIMEOUT, "no answer within " + functionTimeout.toSeconds() + " s"),
                functionTimeout.toMillis(),
                TimeUnit.MILLISECONDS));
    }

    @Override
    public void close() {
        starving.clear();
        Set.copyOf(open).forEach(Channel::close);
    }
}
