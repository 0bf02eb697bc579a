package dev.thaw.load.plan;

/** How a function is invoked. */
public enum Protocol {
    /** HTTP/1.1. */
    HTTP1,
    /** HTTP/2 over plain TCP, with prior knowledge. */
    HTTP2,
    /** gRPC, {@code faas.Executor/Execute}. */
    EXECUTOR,
    /** gRPC, {@code helloworld.Greeter/SayHello}: vSwarm's functions. */
    GREETER
}
