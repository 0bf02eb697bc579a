package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.FunctionProcess;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.store.object.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * An immutable version of a function, as a worker needs it.
 *
 * @param name unique among all revisions, as {@code hello-python-00001}
 * @param image digest of the image's manifest
 * @param kernel a kernel of the user's own; empty for the distribution's
 * @param trustDomain the tenants that may share its snapshots
 * @param snapshots whether it may be frozen and thawed
 * @param limits how many instances and invocations at once, and for how long
 */
public record Revision(
        String name,
        String function,
        Digest image,
        FunctionProcess process,
        MachineShape shape,
        Optional<Path> kernel,
        String trustDomain,
        boolean snapshots,
        Limits limits) {

    /**
     * How much of a revision may run on a worker.
     *
     * @param concurrency invocations at once in one instance
     * @param least instances that are kept although idle
     * @param most instances at once
     * @param idle how long an instance without an invocation is kept
     * @param timeout of one invocation, with the wait for its instance
     */
    public record Limits(int concurrency, int least, int most, Duration idle, Duration timeout) {
        public Limits {
            requireNonNull(idle, "idle is null");
            requireNonNull(timeout, "timeout is null");
            if (concurrency < 1 || concurrency > 200) {
                throw new IllegalArgumentException("Concurrency is " + concurrency + "; it must be from 1 to 200.");
            }
            if (most < 1 || least < 0 || least > most) {
                throw new IllegalArgumentException("Instances are at least " + least + " and at most " + most
                        + "; the least must be 0 or more, and the most 1 or more and not below the least.");
            }
            if (idle.isNegative() || timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("The idle time is " + idle + " and the timeout " + timeout
                        + "; the first must not be negative, and the second must be positive.");
            }
        }
    }

    public Revision {
        requireNonNull(name, "name is null");
        requireNonNull(function, "function is null");
        requireNonNull(image, "image is null");
        requireNonNull(process, "process is null");
        requireNonNull(shape, "shape is null");
        requireNonNull(kernel, "kernel is null");
        requireNonNull(trustDomain, "trustDomain is null");
        requireNonNull(limits, "limits is null");
    }
}
