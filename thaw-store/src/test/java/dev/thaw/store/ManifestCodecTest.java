package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.object.Digest;
import dev.thaw.store.object.ObjectStoreContract;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ManifestCodecTest {
    static Manifest manifest(HostFit fit) {
        return new Manifest(
                TestSnapshots.identity("hello").id(),
                TestSnapshots.identity("hello").image(),
                "default",
                fit,
                "hello-00001",
                Instant.parse("2026-01-02T03:04:05.678Z"),
                new Part(PartKind.MEMORY, "default", Digest.of(new byte[] {1}), 256 << 20, 100 << 20),
                new Part(PartKind.STATE, "default", Digest.of(new byte[] {2}), 58_000, 58_000),
                new Part(PartKind.ROOTFS, "default", Digest.of(new byte[] {3}), 60 << 20, 60 << 20));
    }

    private static String json() {
        return new String(ManifestCodec.encode(manifest(TestSnapshots.fit("cpu"))), StandardCharsets.UTF_8);
    }

    @Test
    void readsWhatItWrites() throws Exception {
        HostFit without = new HostFit(
                "qemu-kvm", "9", "cpu", DataSize.ofGibibytes(1), 2, Digest.of(new byte[0]), OptionalLong.empty());
        for (HostFit fit : List.of(TestSnapshots.fit("a \"cpu\" of ours"), without)) {
            Manifest manifest = manifest(fit);
            assertThat(ManifestCodec.decode(ManifestCodec.encode(manifest))).isEqualTo(manifest);
        }
    }

    /** What this version wrote must stay readable for ever: a change of this text is a new version of the format. */
    @Test
    void writesTheFormatOfVersionOne() {
        assertThat(json())
                .isEqualTo("{\"format\":\"thaw.manifest\",\"version\":1,"
                        + "\"identity\":\"" + TestSnapshots.identity("hello").id() + "\","
                        + "\"image\":\"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\","
                        + "\"trust_domain\":\"default\",\"revision\":\"hello-00001\","
                        + "\"frozen_at\":\"2026-01-02T03:04:05.678Z\","
                        + "\"fit\":{\"sandbox\":\"qemu-tcg\",\"sandbox_version\":\"7.2.22\",\"cpu\":\"cpu\","
                        + "\"memory_bytes\":4194304,\"vcpus\":1,"
                        + "\"devices\":\"sha256:084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5\","
                        + "\"tsc_khz\":2100000},"
                        + "\"rootfs\":{\"digest\":\"sha256:084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5\","
                        + "\"size_bytes\":62914560,\"dense_bytes\":62914560},"
                        + "\"memory\":{\"digest\":\"sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a\","
                        + "\"size_bytes\":268435456,\"dense_bytes\":104857600},"
                        + "\"state\":{\"digest\":\"sha256:dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986\","
                        + "\"size_bytes\":58000,\"dense_bytes\":58000}}\n");
    }

    @Test
    void tellsNoSecrets() {
        assertThat(json())
                .doesNotContain("SECRET")
                .doesNotContain("not to be told")
                .doesNotContain("--serve");
    }

    @Test
    void refusesAnotherVersionAndSaysWhatToDo() {
        assertThatThrownBy(() -> decode(json().replace("\"version\":1", "\"version\":2")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(Code.UNSUPPORTED))
                .hasMessageContaining("version 2")
                .hasMessageContaining("Use a Thaw that is as new");
    }

    @Test
    void refusesWhatNoThawWrote() {
        assertCorrupt("", "not a JSON object");
        assertCorrupt("[]", "not a JSON object");
        assertCorrupt("{", "not JSON");
        assertCorrupt("{\"format\":\"other\"}", "format");
        assertCorrupt(json().replace("\"revision\":\"hello-00001\",", ""), "'revision'");
        assertCorrupt(json().replace("\"revision\":\"hello-00001\"", "\"revision\":7"), "'revision'");
        assertCorrupt(json().replace("\"revision\"", "\"extra\":1,\"revision\""), "'extra'");
        assertCorrupt(json().replace("\"vcpus\"", "\"extra\":1,\"vcpus\""), "'extra'");
        assertCorrupt(json().replace("\"vcpus\":1", "\"vcpus\":-1"), "'vcpus'");
        assertCorrupt(json().replace("\"vcpus\":1", "\"vcpus\":1.5"), "'vcpus'");
        assertCorrupt(json().replace("\"vcpus\":1", "\"vcpus\":99999999999"), "processors");
        assertCorrupt(json().replace("\"vcpus\":1", "\"vcpus\":1,\"vcpus\":2"), "not JSON");
        assertCorrupt(json().replace("sha256:4bf5", "sha256:4BF5"), "'digest'");
        assertCorrupt(json().replace("2026-01-02", "2026-13-02"), "'frozen_at'");
        assertCorrupt(json().replace(":1,", ": 1,"), "as Thaw writes it");
        assertCorrupt("{\"a\":".repeat(100) + "1" + "}".repeat(100), "not JSON");
        assertCorrupt(" ".repeat(ManifestCodec.MAX_BYTES + 1), "at most");
    }

    @Test
    void survivesAnyChange() {
        byte[] good = json().getBytes(StandardCharsets.UTF_8);
        for (int seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            byte[] bad = good.clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            try {
                Manifest decoded = ManifestCodec.decode(bad);
                assertThat(ManifestCodec.encode(decoded)).as("seed %s", seed).isEqualTo(bad);
            } catch (StoreException e) {
                assertThat(e.code()).as("seed %s", seed).isIn(Code.CORRUPT, Code.UNSUPPORTED);
            }
        }
    }

    @Test
    void readsAndChecksPointers() throws Exception {
        StoredSnapshot snapshot = new StoredSnapshot(
                manifest(TestSnapshots.fit("cpu")),
                new ImageRef("0".repeat(32), 100),
                new ImageRef("1".repeat(32), 200),
                new ImageRef("2".repeat(32), 300),
                Optional.of(new HotRef("3".repeat(32), 4000, 500)));
        Pointer pointer = new Pointer(7, "writer", true, Optional.of(snapshot));
        assertThat(Pointer.decode(pointer.encode())).isEqualTo(pointer);
        Pointer deleted = new Pointer(8, "writer", false, Optional.empty());
        assertThat(Pointer.decode(deleted.encode())).isEqualTo(deleted);
        String changed = new String(pointer.encode(), StandardCharsets.UTF_8).replace("58000", "58001");
        ObjectStoreContract.assertCode(Code.CORRUPT, () -> Pointer.decode(changed.getBytes(StandardCharsets.UTF_8)));
    }

    private static Manifest decode(String json) throws StoreException {
        return ManifestCodec.decode(json.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertCorrupt(String json, String message) {
        assertThatThrownBy(() -> decode(json))
                .as(json)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(Code.CORRUPT))
                .hasMessageContaining(message);
    }
}
