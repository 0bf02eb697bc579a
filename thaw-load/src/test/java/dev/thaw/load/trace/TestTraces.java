package dev.thaw.load.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Trace files as tests need them. */
public final class TestTraces {
    public static final String INVOCATIONS = "HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,queue,3,4\n";
    public static final String DURATIONS =
            "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_1,"
                    + "percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,"
                    + "percentile_Average_100\no,a,f,100,57523,1,7,1,2,3,4,5,6,7\n";
    public static final String MEMORY =
            "HashOwner,HashApp,HashFunction,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1,AverageAllocatedMb_pct5,"
                    + "AverageAllocatedMb_pct25,AverageAllocatedMb_pct50,AverageAllocatedMb_pct75,AverageAllocatedMb_pct95,"
                    + "AverageAllocatedMb_pct99,AverageAllocatedMb_pct100\no,a,f,19342,120,95,96,97,98,99,100,101,102\n";

    private TestTraces() {}

    /** Writes a trace of three files. */
    public static Path write(Path directory, String invocations, String durations, String memory) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("invocations.csv"), invocations);
            Files.writeString(directory.resolve("durations.csv"), durations);
            Files.writeString(directory.resolve("memory.csv"), memory);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A function whose statistics are single numbers. */
    public static FunctionTrace function(String hash, double durationMillis, double memoryMib, int... counts) {
        double[] durations = new double[DurationStatistics.COLUMNS.size()];
        Arrays.fill(durations, durationMillis);
        double[] memory = new double[MemoryStatistics.COLUMNS.size()];
        Arrays.fill(memory, memoryMib);
        durations[1] = 1;
        memory[0] = 1;
        return new FunctionTrace(
                "owner", "app", hash, "http", counts, DurationStatistics.of(durations), MemoryStatistics.of(memory));
    }
}
