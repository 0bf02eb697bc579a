package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

/** What a microVM is given: bytes of memory, virtual CPUs, and a network device or none. */
public record MachineShape(long memoryBytes, int cpus, Egress egress) {
    public static final long LEAST_MEMORY_BYTES = 64L << 20;
    public static final long MOST_MEMORY_BYTES = 64L << 30;
    public static final int MOST_CPUS = 32;

    public MachineShape {
        requireNonNull(egress, "egress is null");
        if (memoryBytes < LEAST_MEMORY_BYTES || memoryBytes > MOST_MEMORY_BYTES || memoryBytes % (2 << 20) != 0) {
            throw new IllegalArgumentException(
                    "Memory is " + memoryBytes + " bytes; it must be from 64MiB to 64GiB and a multiple of 2MiB.");
        }
        if (cpus < 1 || cpus > MOST_CPUS) {
            throw new IllegalArgumentException("CPUs are " + cpus + "; they must be from 1 to " + MOST_CPUS + ".");
        }
    }

    /** One without a network device. */
    public MachineShape(long memoryBytes, int cpus) {
        this(memoryBytes, cpus, Egress.NONE);
    }
}
