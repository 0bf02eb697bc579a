package dev.thaw.store.object;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks by key among all threads of all processes. A few lock files serve all keys, so that none has ever to be
 * removed, which could not be done safely.
 */
final class FileLocks {
    private static final int STRIPES = 64;

    /** The system's locks are held by a process as a whole and Java refuses a second one, hence these in front. */
    private static final Map<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private final Path directory;

    FileLocks(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** Waits until nobody else holds the key. */
    Held lock(String key) throws IOException {
        int stripe = Math.floorMod(key.hashCode(), STRIPES);
        Path file = directory.resolve(String.format(Locale.ROOT, "%02d", stripe));
        ReentrantLock inProcess = IN_PROCESS.computeIfAbsent(file, _ -> new ReentrantLock());
        inProcess.lock();
        boolean held = false;
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.lock(); // given back by close()
            held = true;
            return new Held(inProcess, channel);
        } finally {
            if (!held) {
                inProcess.unlock();
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    /** A key that is locked. */
    record Held(ReentrantLock inProcess, FileChannel channel) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } finally {
                inProcess.unlock();
            }
        }
    }
}
