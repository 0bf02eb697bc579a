package dev.thaw.gateway.http2;

/** Takes the streams that the other side opens. */
@FunctionalInterface
public interface Http2Listener {
    /** For a side that asks only: the other side may open none. */
    Http2Listener CLIENT = new Http2Listener() {
        @Override
        public boolean opened(Http2Stream stream) {
            return false;
        }

        @Override
        public boolean isServer() {
            return false;
        }
    };

    /** Called by the thread that reads the connection, so it must not wait. Returns whether the stream is taken. */
    boolean opened(Http2Stream stream);

    default boolean isServer() {
        return true;
    }
}
