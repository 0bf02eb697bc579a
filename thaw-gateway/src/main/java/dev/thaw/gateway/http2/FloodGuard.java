package dev.thaw.gateway.http2;

import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.frame.FrameType;
import org.apache.hc.core5.http2.frame.RawFrame;

/**
 * Notices a client that costs work without asking for any: frames that carry nothing, and streams that are opened only to be given up at once (the "rapid
 * reset" of CVE-2023-44487).
 */
final class FloodGuard {
    private static final int MOST_IDLE_FRAMES = 10_000;
    private static final int MOST_RESETS_AHEAD = 200;

    private int idleFrames;
    private int resets;
    private int opened;

    void frame(RawFrame frame) throws Http2Violation {
        boolean carries = frame.isType(FrameType.DATA) && frame.getLength() > 0;
        idleFrames = carries ? 0 : idleFrames + 1;
        if (idleFrames > MOST_IDLE_FRAMES) {
            throw new Http2Violation(H2Error.ENHANCE_YOUR_CALM, "Too many frames came that carry nothing.");
        }
    }

    void opened() {
        opened++;
        idleFrames = 0;
    }

    /** More than half of the streams may be given up only for a while. */
    void reset() throws Http2Violation {
        resets++;
        if (resets > MOST_RESETS_AHEAD + opened / 2) {
            throw new Http2Violation(H2Error.ENHANCE_YOUR_CALM, "Too many streams were given up.");
        }
    }
}
