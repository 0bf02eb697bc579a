package dev.thaw.cache;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A few kills with each change. */
class CrashIT {
    @TempDir
    Path directory;

    @Test
    @Timeout(120)
    void storeAndCacheSurviveSigkill() throws Exception {
        new CrashTrial(directory).run(6);
    }
}
