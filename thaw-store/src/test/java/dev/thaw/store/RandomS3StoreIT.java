package dev.thaw.store;

import dev.thaw.store.object.S3Server;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stores on real S3 servers do what a plain model says. */
@Timeout(300)
class RandomS3StoreIT {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void onServers(S3Server.Kind kind) throws Exception {
        try (S3Server server = S3Server.start(kind, directory)) {
            String prefix = "random/" + UUID.randomUUID() + "/";
            RandomStoreTrial.run(() -> server.store(prefix), directory, Instant.now(), 2, 50);
        }
    }
}
