package dev.thaw.store.object;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class MinioObjectStoreIT extends ObjectStoreContract {
    @TempDir
    static Path directory;

    private static S3Server server;
    private ObjectStore store;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start(S3Server.Kind.MINIO, directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() throws Exception {
        store = server.emptyStore();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    ObjectStore store() {
        return store;
    }
}
