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
                Digest.of(new byte[] {4}),
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
    void trustDomainsAreNotMixedUp() {
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
