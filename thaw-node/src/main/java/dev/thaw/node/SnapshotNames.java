package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.FunctionProcess;
import dev.thaw.sandbox.GuestSoftware;
import dev.thaw.sandbox.HostProfile;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.store.DataSize;
import dev.thaw.store.HostFit;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.object.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Under what a revision's snapshot is found: what it was made of, and the hosts that it fits. */
final class SnapshotNames {
    private final SandboxProvider provider;

    /** Both names of a revision's snapshot on this host. */
    record Named(SnapshotIdentity identity, HostFit fit) {
        boolean isOf(Manifest manifest) {
            return manifest.identity().equals(identity.id())
                    && manifest.fit().id().equals(fit.id());
        }
    }

    SnapshotNames(SandboxProvider provider) {
        this.provider = requireNonNull(provider, "provider is null");
    }

    /** @throws SandboxException when what its guests boot from cannot be had */
    Named of(Revision revision) throws SandboxException {
        return new Named(identity(revision), fit(revision.shape()));
    }

    SnapshotIdentity identity(Revision revision) throws SandboxException {
        GuestSoftware software = provider.software(revision.kernel());
        FunctionProcess process = revision.process();
        return new SnapshotIdentity(
                revision.image(),
                software.kernelDigest(),
                software.initramfsDigest(),
                process.argv(),
                byName(process.environment()),
                process.user(),
                process.workingDirectory(),
                process.port(),
                new DataSize(revision.shape().memoryBytes()),
                revision.shape().cpus(),
                revision.trustDomain());
    }

    private static SortedMap<String, String> byName(List<String> environment) {
        SortedMap<String, String> byName = new TreeMap<>();
        for (String entry : environment) {
            int equals = entry.indexOf('=');
            byName.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
        return byName;
    }

    HostFit fit(MachineShape shape) {
        HostProfile host = provider.host(shape);
        return new HostFit(
                host.kind() + "-" + host.accelerator(),
                host.version(),
                host.cpu(),
                new DataSize(shape.memoryBytes()),
                shape.cpus(),
                Digest.of(host.devices().getBytes(StandardCharsets.UTF_8)),
                host.tscKhz() == 0 ? OptionalLong.empty() : OptionalLong.of(host.tscKhz()));
    }
}
