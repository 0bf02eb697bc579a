package dev.thaw.store;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A few dozen kills with each change. */
class StoreCrashIT {
    @TempDir
    Path directory;

    @Test
    @Timeout(300)
    void aStoreSurvivesSigkill() throws Exception {
        new StoreCrashTrial(directory).run(50);
    }
}
