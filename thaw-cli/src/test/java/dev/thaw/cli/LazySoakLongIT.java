package dev.thaw.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As {@link LazySoakIT}, for longer. */
class LazySoakLongIT {
    @TempDir
    Path directory;

    @Test
    void aThousandThaws() throws Exception {
        LazySoakIT.soak(directory, 1_000, 8, 0.04);
    }
}
