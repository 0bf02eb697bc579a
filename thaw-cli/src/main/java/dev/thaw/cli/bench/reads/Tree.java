package dev.thaw.cli.bench.reads;

import java.io.IOException;
import java.nio.file.Path;

/** A tree of files that is mounted, and whose bytes arrive as they are read. This process must not read there. */
interface Tree extends AutoCloseable {
    /** Where it is mounted. */
    Path root();

    /** Unmounts it. */
    @Override
    void close() throws IOException;

    /** Something that mounts it anew, with nothing of it in a cache of its own. */
    interface Mounter {
        String name();

        /** @param folder empty, for what the mount needs */
        Tree mount(Path folder) throws IOException;
    }
}
