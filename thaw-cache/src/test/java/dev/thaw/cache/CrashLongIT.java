package dev.thaw.cache;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many kills. */
class CrashLongIT {
    @TempDir
    Path directory;

    @Test
    @Timeout(1200)
    void storeAndCacheSurviveSigkill() throws Exception {
        new CrashTrial(directory).run(80);
    }
}
