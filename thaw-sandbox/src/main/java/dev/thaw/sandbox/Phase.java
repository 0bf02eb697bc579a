package dev.thaw.sandbox;

import java.util.Locale;

/** The parts that the time of a cold start is divided into, in the order in which they follow each other. */
public enum Phase {
    /** Waiting for cores and memory. */
    ADMIT,
    /** Boot: the root file system is being made or fetched. */
    IMAGE,
    /** Thaw: the snapshot's pointer and manifest are being looked up. */
    RESOLVE,
    /** Thaw: bytes of the snapshot are on their way to the worker. */
    FETCH,
    /** The VMM is being started, until it takes commands. */
    VMM,
    /** Boot: firmware and kernel, until the agent says hello. */
    KERNEL,
    /** Boot: the function, until it accepts connections. */
    APP,
    /** Thaw: the VMM takes memory and device state. */
    LOAD,
    /** Thaw: the guest's processors start. */
    RESUME,
    /** Thaw: the agent makes the clone distinct: random state, clock, names; and the hooks run. */
    RENEW,
    /** From the start's end to the first byte of the response. */
    REQUEST;

    /** The name in {@code Server-Timing}, JSON and metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
