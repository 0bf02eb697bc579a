package dev.thaw.load.run;

import dev.thaw.load.plan.Protocol;
import dev.thaw.load.proto.ExecutorGrpc;
import dev.thaw.load.proto.FaasReply;
import dev.thaw.load.proto.FaasRequest;
import dev.thaw.load.proto.GreeterGrpc;
import dev.thaw.load.proto.HelloReply;
import dev.thaw.load.proto.HelloRequest;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A function on this host that answers at once, whatever is asked, in each protocol; shares the loader's event loop. */
final class EchoServer implements AutoCloseable {
    private static final int MAX_BODY = 1 << 20;

    private final int port;
    private final Runnable shutdown;

    private EchoServer(int port, Runnable shutdown) {
        this.port = port;
        this.shutdown = shutdown;
    }

    static EchoServer start(Protocol protocol, EventLoop loop) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return switch (protocol) {
            case HTTP1, HTTP2 -> {
                Channel channel = new ServerBootstrap()
                        .group(loop)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(initializer(protocol == Protocol.HTTP2))
                        .bind(address)
                        .syncUninterruptibly()
                        .channel();
                yield new EchoServer(
                        ((InetSocketAddress) channel.localAddress()).getPort(),
                        () -> channel.close().syncUninterruptibly());
            }
            case EXECUTOR, GREETER -> {
                io.grpc.Server server = NettyServerBuilder.forAddress(address)
                        .bossEventLoopGroup(loop)
                        .workerEventLoopGroup(loop)
                        .channelType(NioServerSocketChannel.class)
                        .directExecutor()
                        .addService(new Executor())
                        .addService(new Greeter())
                        .build();
                try {
                    server.start();
                } catch (IOException e) {
                    throw new UncheckedIOException("A server on the loopback interface cannot be started.", e);
                }
                yield new EchoServer(server.getPort(), server::shutdownNow);
            }
        };
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        shutdown.run();
    }

    private static ChannelInitializer<Channel> initializer(boolean http2) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (http2) {
                    channel.pipeline()
                            .addLast(Http2FrameCodecBuilder.forServer().build())
                            .addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                                @Override
                                protected void initChannel(Channel stream) {
                                    stream.pipeline()
                                            .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                                            .addLast(new HttpObjectAggregator(MAX_BODY))
                                            .addLast(new Answering());
                                }
                            }));
                } else {
                    channel.pipeline()
                            .addLast(new HttpServerCodec())
                            .addLast(new HttpObjectAggregator(MAX_BODY))
                            .addLast(new Answering());
                }
            }
        };
    }

    /** Answers as the trace function and Thaw's gateway do, in turns, so that all that reads answers has seen both. */
    private static final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
        private int answered;

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            answered++;
            byte[] body =
                    ("{\"Status\": \"OK\", \"Function\": \"echo\", \"MachineName\": \"loader\", \"ExecutionTime\": "
                                    + answered + ", \"MemoryUsageInKb\": " + answered * 1024 + "}")
                            .getBytes(StandardCharsets.US_ASCII);
            FullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(body));
            HttpHeaders headers = response.headers()
                    .set("Content-Type", "application/json")
                    .set("Content-Length", body.length)
                    .add("Server-Timing", "app;dur=" + answered / 1000.0);
            if (answered % 2 == 0) {
                headers.set("Thaw-Start", "warm")
                        .set("Thaw-Worker", "loader")
                        .set("Thaw-Instance", "echo")
                        .add("Server-Timing", "admit;dur=0.004, request;dur=" + answered / 1000.0);
            }
            String stream = request.headers().get(ExtensionHeaderNames.STREAM_ID.text());
            if (stream != null) {
                headers.set(ExtensionHeaderNames.STREAM_ID.text(), stream);
            }
            context.writeAndFlush(response);
        }
    }

    private static final class Executor extends ExecutorGrpc.ExecutorImplBase {
        @Override
        public void execute(FaasRequest request, StreamObserver<FaasReply> reply) {
            reply.onNext(FaasReply.getDefaultInstance());
            reply.onCompleted();
        }
    }

    private static final class Greeter extends GreeterGrpc.GreeterImplBase {
        @Override
        public void sayHello(HelloRequest request, StreamObserver<HelloReply> reply) {
            reply.onNext(HelloReply.getDefaultInstance());
            reply.onCompleted();
        }
    }
}
