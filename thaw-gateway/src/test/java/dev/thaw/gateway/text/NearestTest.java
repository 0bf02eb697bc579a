package dev.thaw.gateway.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    private static final List<String> NAMES = List.of("memory", "cpus", "concurrency", "idle");

    @ParameterizedTest
    @CsvSource({"memroy, memory", "memmory, memory", "mem, memory", "cpu, cpus", "idel, idle", "concurency, concurrency"
    })
    void findsWhatWasMeant(String given, String meant) {
        assertThat(Nearest.to(given, NAMES)).contains(meant);
        assertThat(Nearest.hint(given, NAMES)).isEqualTo(" Did you mean '" + meant + "'?");
    }

    @ParameterizedTest
    @CsvSource({"xyz", "banana", "zz"})
    void saysNothingWhenNothingIsAlike(String given) {
        assertThat(Nearest.to(given, NAMES)).isEmpty();
        assertThat(Nearest.hint(given, NAMES)).isEmpty();
    }

    @Test
    void countsEdits() {
        assertThat(Nearest.edits("", "")).isZero();
        assertThat(Nearest.edits("abc", "")).isEqualTo(3);
        assertThat(Nearest.edits("abcd", "acbd")).isEqualTo(1);
        assertThat(Nearest.edits("kitten", "sitting")).isEqualTo(3);
    }
}
