package dev.thaw.load.run;

import dev.thaw.load.plan.LoaderConfig;
import io.netty.channel.EventLoop;

/** Chooses the invoker that a configuration asks for. */
final class Invokers {
    private Invokers() {}

    static Invoker of(LoaderConfig config, EventLoop loop) {
        return switch (config.protocol()) {
            case HTTP1 ->
                new Http1Invoker(loop, config.connectionTimeout(), config.functionTimeout(), OpenFiles.CONNECTIONS);
            case HTTP2 -> new Http2Invoker(loop, config.connectionTimeout(), config.functionTimeout());
            case EXECUTOR, GREETER ->
                new GrpcInvoker<>(
                        loop, GrpcMethod.of(config.protocol()), config.connectionTimeout(), config.functionTimeout());
        };
    }
}
