package dev.thaw.cli.bench.store;

import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.key.WrappingKeys;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStores;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;

/** Publishes frozen functions as a daemon does, in a process of its own. Arguments: the store's folder, the trust domain, then the functions' folders. */
public final class PublishMain {
    private PublishMain() {}

    /** A store in a folder, as a daemon opens it, with keys of its own beside it. */
    static ObjectSnapshotStore open(Path folder) throws IOException {
        return new ObjectSnapshotStore(
                ObjectStores.open("file:" + folder.resolve("store")),
                WrappingKeys.readOrCreate(folder.resolve("keys")),
                Clock.systemUTC());
    }

    public static void main(String[] arguments) throws IOException {
        try (SnapshotStore store = open(Path.of(arguments[0]))) {
            for (String folder : Arrays.asList(arguments).subList(2, arguments.length)) {
                store.publish(FrozenFunction.read(Path.of(folder)).draft(arguments[1]), Cancellation.never());
            }
        }
    }
}
