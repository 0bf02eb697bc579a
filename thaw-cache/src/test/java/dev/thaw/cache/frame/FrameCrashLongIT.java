package dev.thaw.cache.frame;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many kills. */
class FrameCrashLongIT {
    @TempDir
    Path directory;

    @Test
    @Timeout(1800)
    void aCacheOfFramesSurvivesSigkill() throws Exception {
        new FrameCrashTrial(directory).run(500);
    }
}
