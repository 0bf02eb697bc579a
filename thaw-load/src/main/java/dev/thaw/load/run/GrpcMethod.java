package dev.thaw.load.run;

import dev.thaw.load.plan.Protocol;
import dev.thaw.load.proto.ExecutorGrpc;
import dev.thaw.load.proto.FaasReply;
import dev.thaw.load.proto.FaasRequest;
import dev.thaw.load.proto.GreeterGrpc;
import dev.thaw.load.proto.HelloReply;
import dev.thaw.load.proto.HelloRequest;
import io.grpc.MethodDescriptor;
import java.util.function.Function;

/** A service that functions answer, and what its messages mean. */
record GrpcMethod<RequestT, ReplyT>(
        MethodDescriptor<RequestT, ReplyT> descriptor,
        Function<Invocation, RequestT> request,
        Function<ReplyT, Reply> reply) {

    private static final String INSTANCE_PREFIX = "trace-func";

    /** What a reply says about a run. */
    record Reply(String message, long durationMicros, long memoryMib) {
        /** In-Vitro's instances put their name, which begins so, at the end of the message. */
        String instance() {
            int at = message.lastIndexOf(INSTANCE_PREFIX);
            return at < 0 ? message : message.substring(at);
        }
    }

    static GrpcMethod<?, ?> of(Protocol protocol) {
        return switch (protocol) {
            case EXECUTOR -> executor();
            case GREETER -> greeter();
            case HTTP1, HTTP2 -> throw new IllegalArgumentException(protocol + " is not gRPC");
        };
    }

    private static GrpcMethod<FaasRequest, FaasReply> executor() {
        return new GrpcMethod<>(
                ExecutorGrpc.getExecuteMethod(),
                invocation -> FaasRequest.newBuilder()
                        .setMessage(invocation.function())
                        .setRuntimeInMilliSec(invocation.runtimeMillis())
                        .setMemoryInMebiBytes(invocation.memoryMib())
                        .build(),
                reply -> new Reply(
                        reply.getMessage(),
                        Integer.toUnsignedLong(reply.getDurationInMicroSec()),
                        Integer.toUnsignedLong(reply.getMemoryUsageInKb()) / 1024));
    }

    private static GrpcMethod<HelloRequest, HelloReply> greeter() {
        return new GrpcMethod<>(
                GreeterGrpc.getSayHelloMethod(),
                invocation ->
                        HelloRequest.newBuilder().setName(invocation.function()).build(),
                reply -> new Reply(reply.getMessage(), 0, 0));
    }
}
