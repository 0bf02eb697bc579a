package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** Notes how long a write has been waiting, for a socket's write has no timeout of its own: a client that takes nothing is let go. */
final class WatchedOutput extends OutputStream {
    private final OutputStream target;
    private final Deadlines deadlines;
    private final Duration limit;

    WatchedOutput(OutputStream target, Deadlines deadlines, Duration limit) {
        this.target = requireNonNull(target, "target is null");
        this.deadlines = requireNonNull(deadlines, "deadlines is null");
        this.limit = requireNonNull(limit, "limit is null");
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        deadlines.writeBegan(limit);
        try {
            target.write(bytes, offset, length);
        } finally {
            deadlines.writeEnded();
        }
    }

    @Override
    public void flush() throws IOException {
        target.flush();
    }
}
