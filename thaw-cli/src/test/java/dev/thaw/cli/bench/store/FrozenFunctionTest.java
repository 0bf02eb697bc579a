package dev.thaw.cli.bench.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.DataSize;
import dev.thaw.store.HostFit;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrozenFunctionTest {
    @TempDir
    private Path folder;

    private FrozenFunction function(OptionalLong tscKhz) {
        return new FrozenFunction(
                folder,
                "hello-c",
                Digest.of(new byte[] {1}),
                Digest.of(new byte[] {2}),
                Digest.of(new byte[] {3}),
                new FrozenFunction.Contents(
                        Digest.of(new byte[] {4}), 4_096, Digest.of(new byte[] {6}), Digest.of(new byte[] {7})),
                new HostFit("qemu-tcg", "7.2", "max", DataSize.ofGibibytes(1), 1, Digest.of(new byte[] {5}), tscKhz),
                Instant.parse("2026-02-03T04:05:06Z"));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2_000_000})
    void isReadAsItWasWritten(long tscKhz) throws IOException {
        FrozenFunction function = function(tscKhz == 0 ? OptionalLong.empty() : OptionalLong.of(tscKhz));
        assertThat(FrozenFunction.isIn(folder)).isFalse();
        function.write();
        assertThat(FrozenFunction.isIn(folder)).isTrue();
        assertThat(FrozenFunction.read(folder)).isEqualTo(function);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[", "{\"tsc_khz\": 0, \"sandbox\": \"q\"}"})
    void aRecordOfAnotherKindIsRefused(String text) throws IOException {
        Files.writeString(folder.resolve("frozen.json"), text);
        assertThatThrownBy(() -> FrozenFunction.read(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Remove its folder");
    }

    @Test
    void whatAnOlderRecordDoesNotTellIsReadFromTheFiles() throws IOException {
        Files.write(FrozenFunction.memory(folder), new byte[8_192]);
        Files.write(FrozenFunction.state(folder), new byte[] {1, 2, 3});
        FrozenFunction function = function(OptionalLong.empty());
        function.write();
        Path record = folder.resolve("frozen.json");
        Files.write(
                record,
                Files.readAllLines(record).stream()
                        .filter(line -> !line.matches(" *\"(memory|memory_dense_bytes|state)\" .*"))
                        .toList());
        FrozenFunction.Contents contents = FrozenFunction.read(folder).contents();
        assertThat(contents.rootfs()).isEqualTo(function.contents().rootfs());
        assertThat(contents.state()).isEqualTo(Digest.of(new byte[] {1, 2, 3}));
        assertThat(contents.memory()).isNotEqualTo(function.contents().memory());
    }

    @Test
    void trustDomainsAreNotMixedUp() throws IOException {
        for (String file : List.of("memory", "state", "rootfs")) {
            Files.write(folder.resolve(file), new byte[4_096]);
        }
        FrozenFunction function = function(OptionalLong.empty());
        assertThat(function.draft("a").identity().id())
                .isNotEqualTo(function.draft("b").identity().id());
    }

    @ParameterizedTest
    @CsvSource({"pyaes-redeploy, pyaes", "hello-c-redeploy, hello-c", "pyaes,", "redeploy,"})
    void aRedeployIsKnownByItsName(String name, String of) {
        assertThat(FrozenFunctions.redeployOf(name)).isEqualTo(Optional.ofNullable(of));
    }
}
