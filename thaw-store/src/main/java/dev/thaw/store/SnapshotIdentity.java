package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was frozen. Two instances with equal identities would, freshly booted, be the same; a snapshot of one may stand
 * in for the other. Where it fits is {@link HostFit}.
 *
 * @param image digest of the image's manifest
 * @param kernel digest of the guest kernel
 * @param initramfs digest of the initramfs with the agent
 * @param command entry point and arguments
 * @param user as the image or the deployment names it; empty for the default
 * @param port where the function listens inside the guest
 * @param trustDomain the tenants that may share this snapshot
 */
public record SnapshotIdentity(
        Digest image,
        Digest kernel,
        Digest initramfs,
        List<String> command,
        SortedMap<String, String> env,
        String user,
        String workingDir,
        int port,
        DataSize memory,
        int vcpus,
        String trustDomain) {
    public SnapshotIdentity {
        requireNonNull(image, "image is null");
        requireNonNull(kernel, "kernel is null");
        requireNonNull(initramfs, "initramfs is null");
        command = List.copyOf(command);
        env = Collections.unmodifiableSortedMap(new TreeMap<>(env));
        requireNonNull(user, "user is null");
        requireNonNull(workingDir, "workingDir is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(trustDomain, "trustDomain is null");
    }

    /** The name under which snapshots of this are published; it tells nothing about the environment's values. */
    public Digest id() {
        CanonicalForm form = new CanonicalForm("thaw.snapshot-identity.1")
                .text(image.toString())
                .text(kernel.toString())
                .text(initramfs.toString())
                .texts(command)
                .number(env.size());
        env.forEach((name, value) -> form.text(name).text(value));
        return form.text(user)
                .text(workingDir)
                .number(port)
                .number(memory.bytes())
                .number(vcpus)
                .text(trustDomain)
                .digest();
    }
}
