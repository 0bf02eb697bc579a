package dev.thaw.store.object;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real S3 server, an empty store for each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class S3ObjectStoreContract extends ObjectStoreContract {
    private final S3Server.Kind kind;

    private S3Server server;
    private ObjectStore store;

    S3ObjectStoreContract(S3Server.Kind kind) {
        this.kind = kind;
    }

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        server = S3Server.start(kind, directory);
    }

    @AfterAll
    void stop() {
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
