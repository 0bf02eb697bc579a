package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpClientCodec;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection of HTTP/1.1, which carries one request at a time. */
final class Http1Connection implements HttpAnswerHandler.Listener {
    /** Servers close idle connections; one that has been idle for long is not used again, which makes it rare that both happen at once. */
    private static final long MAX_IDLE_NANOS = TimeUnit.SECONDS.toNanos(4);

    private static final int MAX_HEAD_BYTES = 65_536;

    private final Http1Invoker invoker;
    private final Http1Pool pool;
    private final HttpAnswerHandler answers = new HttpAnswerHandler(this);
    private @Nullable Channel channel;
    private long idleSince;

    Http1Connection(Http1Invoker invoker, Http1Pool pool) {
        this.invoker = requireNonNull(invoker, "invoker is null");
        this.pool = requireNonNull(pool, "pool is null");
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
        invoker.limitAnswer(exchange);
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

    void idleFrom(long nanos) {
        idleSince = nanos;
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
            pool.free(this);
        } else {
            context.close();
        }
    }
}
