package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpScheme;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 over plain TCP with prior knowledge. A connection carries as many requests at once as the server's settings allow and this
 * class's own bound; when all are full another is opened, so that no request waits on this side for the end of another.
 */
final class Http2Invoker implements Invoker {
    private static final int MAX_STREAMS = 100;

    private final EventLoop loop;
    private final Duration connectionTimeout;
    private final Duration functionTimeout;
    private final Bootstrap bootstrap;
    private final Map<Address, List<Connection>> connections = new HashMap<>();

    Http2Invoker(EventLoop loop, Duration connectionTimeout, Duration functionTimeout) {
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

    @Override
    public void invoke(Exchange exchange) {
        Target target = exchange.invocation().target();
        Address address = new Address(target.host(), target.port());
        List<Connection> known = connections.computeIfAbsent(address, key -> new ArrayList<>());
        for (Connection connection : known) {
            if (connection.hasRoom()) {
                connection.take(exchange);
                return;
            }
        }
        Connection fresh = new Connection(known, address);
        known.add(fresh);
        fresh.take(exchange);
        fresh.connect();
    }

    @Override
    public void close() {
        List<Connection> all = new ArrayList<>();
        connections.values().forEach(all::addAll);
        all.forEach(Connection::close);
    }

    /** Takes requests from its creation on; those that come before the server's settings wait for them. */
    private final class Connection extends ChannelInboundHandlerAdapter implements HttpAnswerHandler.Listener {
        private final List<Connection> siblings;
        private final Address address;
        private final List<Exchange> waiting = new ArrayList<>();
        private final Http2FrameCodec codec = Http2FrameCodecBuilder.forClient().build();
        private @Nullable Channel channel;
        private @Nullable Future<?> settingsTimer;
        private int streams;
        private boolean ready;
        private boolean closing;
        private @Nullable String garbage;

        Connection(List<Connection> siblings, Address address) {
            this.siblings = siblings;
            this.address = address;
        }

        boolean hasRoom() {
            int allowed =
                    ready ? Math.min(MAX_STREAMS, codec.connection().local().maxActiveStreams()) : MAX_STREAMS;
            return !closing && streams < allowed;
        }

        void take(Exchange exchange) {
            streams++;
            if (ready) {
                open(exchange);
            } else {
                waiting.add(exchange);
            }
        }

        void connect() {
            settingsTimer = loop.schedule(
                    () -> end(Outcome.CONNECT, "no HTTP/2 settings within " + connectionTimeout.toSeconds() + " s"),
                    connectionTimeout.toMillis(),
                    TimeUnit.MILLISECONDS);
            var connecting = bootstrap
                    .clone()
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel created) {
                            created.pipeline()
                                    .addLast(codec)
                                    .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()))
                                    .addLast(Connection.this);
                        }
                    })
                    .connect(address.host, address.port);
            channel = connecting.channel();
            connecting.addListener((ChannelFutureListener) future -> OnLoop.run(loop, () -> {
                if (!future.isSuccess()) {
                    end(Outcome.CONNECT, String.valueOf(future.cause().getMessage()));
                }
            }));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2SettingsFrame && !ready) {
                ready = true;
                cancelSettingsTimer();
                int allowed = codec.connection().local().maxActiveStreams();
                List<Exchange> all = List.copyOf(waiting);
                waiting.clear();
                for (int i = 0; i < all.size(); i++) {
                    if (i < allowed) {
                        open(all.get(i));
                    } else {
                        streams--;
                        invoke(all.get(i));
                    }
                }
            } else if (message instanceof Http2GoAwayFrame) {
                closing = true;
                siblings.remove(this);
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof IOException)) {
                garbage = String.valueOf(cause.getMessage());
            }
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (garbage == null) {
                end(Outcome.CLOSED, "closed before the answer");
            } else {
                end(Outcome.GARBAGE, garbage);
            }
        }

        private void open(Exchange exchange) {
            if (exchange.isFinished()) {
                streams--;
                return;
            }
            exchange.connected();
            HttpAnswerHandler answers = new HttpAnswerHandler(this);
            answers.expect(exchange);
            new Http2StreamChannelBootstrap(requireNonNull(channel, "channel is null"))
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel stream) {
                            stream.pipeline()
                                    .addLast(new Http2StreamFrameToHttpObjectCodec(false))
                                    .addLast(answers);
                        }
                    })
                    .open()
                    .addListener((Future<Http2StreamChannel> opened) -> {
                        if (opened.isSuccess()) {
                            send(exchange, opened.getNow());
                        } else {
                            streams--;
                            exchange.fail(Outcome.CLOSED, String.valueOf(opened.cause()));
                        }
                    });
        }

        private void send(Exchange exchange, Http2StreamChannel stream) {
            stream.closeFuture().addListener(closed -> streams--);
            exchange.abortWith(stream::close);
            exchange.timer(loop.schedule(
                    () -> exchange.fail(Outcome.TIMEOUT, "no answer within " + functionTimeout.toSeconds() + " s"),
                    functionTimeout.toMillis(),
                    TimeUnit.MILLISECONDS));
            FullHttpRequest request = TraceFunctionHttp.request(exchange.invocation());
            request.headers().set(ExtensionHeaderNames.SCHEME.text(), HttpScheme.HTTP.name());
            exchange.sent();
            stream.writeAndFlush(request).addListener(written -> {
                if (!written.isSuccess()) {
                    exchange.fail(Outcome.CLOSED, String.valueOf(written.cause()));
                }
            });
        }

        private void end(Outcome outcome, String error) {
            closing = true;
            siblings.remove(this);
            cancelSettingsTimer();
            List<Exchange> all = List.copyOf(waiting);
            waiting.clear();
            all.forEach(exchange -> exchange.fail(outcome, error));
            close();
        }

        private void cancelSettingsTimer() {
            if (settingsTimer != null) {
                settingsTimer.cancel(false);
            }
        }

        void close() {
            if (channel != null) {
                channel.close();
            }
        }

        @Override
        public void free(ChannelHandlerContext context, boolean reusable) {
            context.close();
        }

        @Override
        public boolean sawGarbage(ChannelHandlerContext context) {
            return garbage != null;
        }
    }
}
