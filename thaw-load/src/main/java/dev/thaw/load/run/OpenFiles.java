package dev.thaw.load.run;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many connections a process may have. Running out of descriptors would break everything else that needs one. */
final class OpenFiles {
    /** For the JVM, the results and what else is open. */
    private static final long RESERVED = 256;

    static final int CONNECTIONS = connections();

    private OpenFiles() {}

    static String exhausted(int connections) {
        return connections
                + " connections are open, which is what the limit of open files allows; raise it with ulimit -n";
    }

    private static int connections() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? (int) Math.clamp(system.getMaxFileDescriptorCount() - RESERVED, 1, Integer.MAX_VALUE)
                : Integer.MAX_VALUE;
    }
}
