package dev.thaw.load.run;

/** Sends invocations over one protocol. Used on the event loop's thread only. */
interface Invoker extends AutoCloseable {
    /** Begins an exchange; it is finished later, exactly once, and never by throwing. */
    void invoke(Exchange exchange);

    /** Closes all connections. */
    @Override
    void close();
}
