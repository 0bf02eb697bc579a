package dev.thaw.sandbox;

import dev.thaw.guest.AgentStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.OptionalLong;

/** A function's connection as a stream of the agent's protocol. */
record AgentStreamConnection(AgentStream stream) implements FunctionConnection {
    @Override
    public InputStream input() {
        return stream.input();
    }

    @Override
    public OutputStream output() {
        return stream.output();
    }

    @Override
    public OptionalLong acceptedNanos() {
        return stream.openedNanos();
    }

    @Override
    public void timeout(Duration limit) {
        stream.timeout(limit);
    }

    @Override
    public void close() {
        stream.close();
    }
}
