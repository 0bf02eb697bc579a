package dev.thaw.cache.frame;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A few dozen kills with each change. */
class FrameCrashIT {
    @TempDir
    Path directory;

    @Test
    @Timeout(180)
    void aCacheOfFramesSurvivesSigkill() throws Exception {
        new FrameCrashTrial(directory).run(50);
    }
}
