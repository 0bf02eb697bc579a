package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.run.Exchange.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads the answers on one connection of HTTP/1.1 or one stream of HTTP/2, one after the other. */
final class HttpAnswerHandler extends SimpleChannelInboundHandler<HttpObject> {
    /** What an answer says about a run is at its beginning; the rest of a long body is only counted as arrived. */
    private static final int KEPT_BODY = 8192;

    private final Listener listener;
    private @Nullable Exchange exchange;
    private HttpHeaders headers = new DefaultHttpHeaders();
    private final StringBuilder body = new StringBuilder();
    private int status;
    private boolean keepAlive;

    HttpAnswerHandler(Listener listener) {
        this.listener = requireNonNull(listener, "listener is null");
    }

    interface Listener {
        /** The answer is whole; the connection may carry the next request, or must be closed. */
        void free(ChannelHandlerContext context, boolean reusable);

        /** Why a connection ended, as far as something that is not of the protocol came in. */
        default boolean sawGarbage(ChannelHandlerContext context) {
            return false;
        }
    }

    void expect(Exchange next) {
        exchange = next;
        status = 0;
        body.setLength(0);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (message.decoderResult().isFailure()) {
            end(
                    context,
                    Outcome.GARBAGE,
                    String.valueOf(message.decoderResult().cause().getMessage()));
            context.close();
            return;
        }
        if (message instanceof HttpResponse response) {
            status = response.status().code();
            headers = response.headers();
            keepAlive = HttpUtil.isKeepAlive(response);
        }
        if (message instanceof HttpContent content) {
            keep(content.content());
        }
        if (message instanceof LastHttpContent && HttpStatusClass.valueOf(status) != HttpStatusClass.INFORMATIONAL) {
            finish(context);
        }
    }

    private void keep(ByteBuf content) {
        int length = Math.min(content.readableBytes(), KEPT_BODY - body.length());
        if (length > 0) {
            body.append(content.toString(content.readerIndex(), length, StandardCharsets.UTF_8));
        }
    }

    private void finish(ChannelHandlerContext context) {
        Exchange ended = exchange;
        exchange = null;
        if (ended == null) {
            context.close();
            return;
        }
        String text = body.toString();
        HttpHeaders answered = headers;
        Supplier<Answer> answer = () -> TraceFunctionHttp.answer(answered, text);
        if (status < 200 || status > 299) {
            ended.finish(Outcome.STATUS, status, "HTTP status " + status, answer);
        } else if (TraceFunctionHttp.isMemoryFailure(text)) {
            ended.finish(Outcome.MEMORY, status, text.lines().findFirst().orElse(""), answer);
        } else {
            ended.finish(Outcome.OK, status, "", answer);
        }
        listener.free(context, keepAlive);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end(
                context,
                listener.sawGarbage(context) ? Outcome.GARBAGE : Outcome.CLOSED,
                "closed " + (status == 0 ? "before" : "within") + " the answer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        end(context, listener.sawGarbage(context) ? Outcome.GARBAGE : Outcome.CLOSED, cause.toString());
        context.close();
    }

    private void end(ChannelHandlerContext context, Outcome outcome, String error) {
        Exchange ended = exchange;
        exchange = null;
        if (ended != null) {
            ended.finish(outcome, status, error, () -> Answer.NONE);
        }
    }
}
