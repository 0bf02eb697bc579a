package dev.thaw.cli.bench.origin;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.OutputStream;

/** Writes as a line of limited rate brings: in small pieces, each when its last byte is due. */
final class PacedSink implements HttpReader.Sink {
    /** A third of a millisecond of an object store's stream: a client sees a steady flow, and waking costs little. */
    private static final int PIECE_BYTES = 32 << 10;

    private final OutputStream out;
    private final StreamPace pace;

    PacedSink(OutputStream out, StreamPace pace) {
        this.out = requireNonNull(out, "out is null");
        this.pace = requireNonNull(pace, "pace is null");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException, InterruptedException {
        int at = offset;
        for (int left = length; left > 0; ) {
            int piece = Math.min(left, PIECE_BYTES);
            long allowed = pace.allowed(System.nanoTime());
            if (allowed < piece) {
                // Waking late does no harm here, as it is made up for: not worth the time of a core that exactness
                // costs.
                PreciseWait.roughly(pace.due(piece));
                allowed = piece;
            }
            int now = (int) Math.min(left, allowed);
            out.write(bytes, at, now);
            pace.passed(now);
            at += now;
            left -= now;
        }
    }
}
