package dev.thaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.cache.eviction.Eviction;
import dev.thaw.node.Mode;
import dev.thaw.store.DataSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DaemonConfigTest {
    private static final HostDefaults HOST = new HostDefaults(
            Path.of("/data"), Path.of("/run/thaw"), Path.of("/software"), Path.of("/samples"), 8L << 30, 4);

    private static DaemonConfig parse(Map<String, String> settings) {
        return DaemonConfig.parse(settings, HOST);
    }

    @Test
    void defaults() {
        DaemonConfig config = parse(Map.of());
        assertThat(config.data()).isEqualTo(Path.of("/data"));
        assertThat(config.listen().getPort()).isEqualTo(8080);
        assertThat(config.listen().getAddress().isLoopbackAddress()).isTrue();
        assertThat(config.workers()).isEqualTo(1);
        assertThat(config.mode()).isEqualTo(Mode.REMOTE);
        assertThat(config.store()).isEqualTo("file:/data/store");
        assertThat(config.cacheSize()).isEqualTo(DataSize.ofGibibytes(10));
        assertThat(config.eviction()).isEqualTo(Eviction.LRU);
        assertThat(config.missPatience()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.memory()).isEqualTo(DataSize.ofGibibytes(6));
        assertThat(config.idle()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.parallelStarts()).isEqualTo(4);
        assertThat(config.prepared()).isEqualTo(1);
        assertThat(config.queue()).isEqualTo(1_000);
        assertThat(config.run().getParent()).isEqualTo(Path.of("/run/thaw"));
        assertThat(config.run().getFileName().toString()).matches("[0-9a-f]{8}");
        assertThat(config.software()).isEqualTo(Path.of("/software"));
        assertThat(config.samples()).isEqualTo(Path.of("/samples"));
    }

    @Test
    void givenValues() {
        DaemonConfig config = parse(Map.of(
                "workers",
                "2",
                "data",
                "/srv/../srv/thaw",
                "listen",
                "[::1]:0",
                "mode",
                "local",
                "cache-size",
                "0",
                "memory",
                "512MiB",
                "idle",
                "1.5s",
                "prepared",
                "0",
                "max-body",
                "1MiB",
                "eviction",
                "gdsf"));
        assertThat(config.workers()).isEqualTo(2);
        assertThat(config.data()).isEqualTo(Path.of("/srv/thaw"));
        assertThat(config.listen().getPort()).isZero();
        assertThat(config.mode()).isEqualTo(Mode.LOCAL);
        assertThat(config.cacheSize().bytes()).isZero();
        assertThat(config.prepared()).isZero();
        assertThat(config.memory()).isEqualTo(DataSize.ofMebibytes(512));
        assertThat(config.idle()).isEqualTo(Duration.ofMillis(1500));
        assertThat(config.limits().bodyBytes()).isEqualTo(1 << 20);
        assertThat(config.eviction()).isEqualTo(Eviction.GDSF);
    }

    @Test
    void theMachinesMemoryIsShared() {
        assertThat(parse(Map.of("workers", "2")).memory()).isEqualTo(DataSize.ofGibibytes(3));
    }

    @Test
    void anotherFolderHasAnotherRunDirectory() {
        assertThat(parse(Map.of("data", "/a")).run())
                .isNotEqualTo(parse(Map.of("data", "/b")).run());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            worker         | 2            | Unknown setting 'worker'. Did you mean 'workers'?
            cache_size     | 1GiB         | Unknown setting 'cache_size'. Did you mean 'cache-size'?
            workers        | 0            | workers: Not a number from 1 to 64: '0'.
            workers        | two          | workers: Not a number from 1 to 64: 'two'.
            workers        | -1           | workers: Not a number from 1 to 64: '-1'.
            workers        | 65           | workers: Not a number from 1 to 64: '65'.
            mode           | remot        | mode: Not a mode: 'remot'.
            cache-size     | 10GB         | cache-size: Not a size: '10GB'.
            eviction       | mru          | eviction: Not an eviction policy: 'mru'. Policies are lru, gdsf.
            memory         | lots         | memory: Not a size: 'lots'.
            idle           | 60           | idle: Not a duration: '60'.
            listen         | 8080         | listen: Not an address: '8080'.
            listen         | localhost:x  | listen: Not an address: 'localhost:x'.
            listen         | 1.2.3.4:99999| listen: Not an address: '1.2.3.4:99999'.
            queue          | 0            | queue: Not a number from 1 to 1000000: '0'.
            max-body       | big          | max-body: Not a size: 'big'.
            ready-timeout  | soon         | ready-timeout: Not a duration: 'soon'.
            prepared       | 65           | prepared: Not a number from 0 to 64: '65'.
            prepared       | some         | prepared: Not a number from 0 to 64: 'some'.
            parallel-starts| 0            | parallel-starts: Not a number from 1 to 1000: '0'.
            """)
    void wrongSettingsAreRefusedWithWhatToDo(String key, String value, String message) {
        assertThatThrownBy(() -> parse(Map.of(key, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
