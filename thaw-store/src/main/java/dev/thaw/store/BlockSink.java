package dev.thaw.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Takes pieces of a file with their places, in rising order. The data is only valid during the call. */
interface BlockSink {
    void accept(long offset, ByteBuffer data) throws IOException;

    /** Leaves everything away. */
    static BlockSink none() {
        return (offset, data) -> {};
    }

    /** Writes into a file. */
    static BlockSink into(FileChannel file) {
        return (offset, data) -> {
            long at = offset;
            while (data.hasRemaining()) {
                at += file.write(data, at);
            }
        };
    }
}
