package dev.thaw.store;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many kills. */
class StoreCrashLongIT {
    @TempDir
    Path directory;

    @Test
    @Timeout(3600)
    void aStoreSurvivesSigkill() throws Exception {
        new StoreCrashTrial(directory).run(500);
    }
}
