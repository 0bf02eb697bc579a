package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.Digest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SnapshotIdentityTest {
    private static final Digest A = Digest.of(new byte[] {1});
    private static final Digest B = Digest.of(new byte[] {2});
    private static final DataSize SIZE = DataSize.ofMebibytes(256);

    private static SnapshotIdentity with(
            List<String> command, Map<String, String> env, String user, String dir, int port, String domain) {
        SortedMap<String, String> sorted = new TreeMap<>(env);
        return new SnapshotIdentity(A, A, A, command, sorted, user, dir, port, SIZE, 1, domain);
    }

    @Test
    void everyFieldMakesAnother() {
        Set<Digest> ids = new HashSet<>();
        List<SnapshotIdentity> all = List.of(
                with(List.of("a", "b"), Map.of(), "", "/", 8080, "d"),
                with(List.of("ab"), Map.of(), "", "/", 8080, "d"),
                with(List.of("a", "b", ""), Map.of(), "", "/", 8080, "d"),
                with(List.of("a"), Map.of("b", ""), "", "/", 8080, "d"),
                with(List.of("a"), Map.of("b", "c"), "", "/", 8080, "d"),
                with(List.of("a"), Map.of("bc", ""), "", "/", 8080, "d"),
                with(List.of("a", "b"), Map.of(), "u", "/", 8080, "d"),
                with(List.of("a", "b"), Map.of(), "", "u/", 8080, "d"),
                with(List.of("a", "b"), Map.of(), "", "/", 8081, "d"),
                with(List.of("a", "b"), Map.of(), "", "/", 8080, "e"),
                new SnapshotIdentity(B, A, A, List.of(), new TreeMap<>(), "", "/", 1, SIZE, 1, "d"),
                new SnapshotIdentity(A, B, A, List.of(), new TreeMap<>(), "", "/", 1, SIZE, 1, "d"),
                new SnapshotIdentity(A, A, B, List.of(), new TreeMap<>(), "", "/", 1, SIZE, 1, "d"),
                new SnapshotIdentity(A, A, A, List.of(), new TreeMap<>(), "", "/", 1, SIZE, 2, "d"),
                new SnapshotIdentity(
                        A, A, A, List.of(), new TreeMap<>(), "", "/", 1, DataSize.ofMebibytes(128), 1, "d"));
        all.forEach(identity -> ids.add(identity.id()));
        assertThat(ids).hasSameSizeAs(all);
    }

    @Test
    void namesWhatDoesNotFit() {
        HostFit frozen = TestSnapshots.fit("cpu A");
        assertThat(frozen.misfit(TestSnapshots.fit("cpu A"))).isEmpty();
        assertThat(frozen.misfit(TestSnapshots.fit("cpu B"))).hasValue("frozen with processor cpu A, here it is cpu B");
        assertMisfit(new HostFit("qemu-kvm", "7", "c", SIZE, 1, A, OptionalLong.empty()), "sandbox");
        assertMisfit(new HostFit("qemu-tcg", "8", "c", SIZE, 1, A, OptionalLong.empty()), "qemu-tcg version");
        DataSize other = DataSize.ofMebibytes(128);
        assertMisfit(new HostFit("qemu-tcg", "7", "c", other, 1, A, OptionalLong.empty()), "memory 256MiB");
        assertMisfit(new HostFit("qemu-tcg", "7", "c", SIZE, 2, A, OptionalLong.empty()), "virtual processors");
        assertMisfit(new HostFit("qemu-tcg", "7", "c", SIZE, 1, B, OptionalLong.empty()), "device list");
        assertMisfit(new HostFit("qemu-tcg", "7", "c", SIZE, 1, A, OptionalLong.of(2)), "unused, here it is 2 kHz");
    }

    private static void assertMisfit(HostFit host, String reason) {
        HostFit frozen = new HostFit("qemu-tcg", "7", "c", SIZE, 1, A, OptionalLong.empty());
        assertThat(frozen.misfit(host).orElseThrow()).contains(reason);
        assertThat(frozen.id()).isNotEqualTo(host.id());
    }
}
