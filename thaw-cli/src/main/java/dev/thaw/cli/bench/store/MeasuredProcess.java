package dev.thaw.cli.bench.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A whole process, from its start to its end.
 *
 * @param cpuMillis of it and all that it started and waited for, in user and in kernel mode; to a hundredth of a second
 */
record MeasuredProcess(double wallMillis, double cpuMillis) {
    /** The kernel's clock ticks in /proc, on every architecture that Linux has a JDK for. */
    private static final double MILLIS_A_TICK = 10;

    /**
     * Runs a program that must end well. Nothing else may be started and waited for by this process meanwhile.
     *
     * @param log gets what it says
     * @throws IOException when it fails, with the end of what it said
     */
    static MeasuredProcess run(List<String> command, Map<String, String> environment, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        double cpu = childrenMillis();
        long begin = System.nanoTime();
        Process process = builder.start();
        try {
            int code = process.waitFor();
            double wall = (System.nanoTime() - begin) / 1e6;
            if (code != 0) {
                String said = Files.readString(log).strip();
                throw new IOException(String.join(" ", command.subList(0, Math.min(2, command.size()))) + " failed: "
                        + said.substring(Math.max(0, said.length() - 1_000)));
            }
            return new MeasuredProcess(wall, childrenMillis() - cpu);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + command.getFirst() + " ran", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** Processor time of all children that have been waited for (proc_pid_stat(5), cutime and cstime). */
    private static double childrenMillis() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        // The second field is the program's name in brackets, with any character in it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * MILLIS_A_TICK;
    }
}
