package dev.thaw.store;

import dev.thaw.store.object.FileObjectStore;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stores in memory and in a directory do what a plain model says. */
@Timeout(300)
class RandomStoreTest {
    @TempDir
    Path directory;

    @Test
    void inMemory() throws Exception {
        ObjectStore objects = new MemoryObjectStore(Clock.systemUTC());
        RandomStoreTrial.run(() -> objects, directory, Instant.now(), 12, 60);
    }

    @Test
    void inADirectory() throws Exception {
        Path store = directory.resolve("store");
        RandomStoreTrial.run(
                () -> FileObjectStore.open(store, FileObjectStore.Durability.PROCESS_END),
                directory,
                Instant.now(),
                3,
                60);
    }
}
