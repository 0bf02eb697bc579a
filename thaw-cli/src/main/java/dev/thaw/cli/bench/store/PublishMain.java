package dev.thaw.cli.bench.store;

import dev.thaw.store.Cancellation;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.ObjectStores;
import dev.thaw.store.SnapshotStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;

/** Publishes frozen functions as a daemon does, in a process of its own. Arguments: the store's URL, the trust domain, then the functions' folders. */
public final class PublishMain {
    private PublishMain() {}

    /** As a daemon opens it. */
    static SnapshotStore open(String url) throws IOException {
        return new ObjectSnapshotStore(ObjectStores.open(url), Clock.systemUTC());
    }

    public static void main(String[] arguments) throws IOException {
        try (SnapshotStore store = open(arguments[0])) {
            for (String folder : Arrays.asList(arguments).subList(2, arguments.length)) {
                store.publish(FrozenFunction.read(Path.of(folder)).draft(arguments[1]), Cancellation.never());
            }
        }
    }
}
