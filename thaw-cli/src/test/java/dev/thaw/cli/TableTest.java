package dev.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void alignsTextsLeftAndNumbersRight() {
        Table table = new Table("NAME", "SIZE", "COUNT");
        table.row("a", "1.5MiB", 3);
        table.row("longer", "12B", 12);
        assertThat(table.render()).isEqualTo("""
                NAME      SIZE  COUNT
                a       1.5MiB      3
                longer     12B     12
                """);
    }

    @Test
    void refusesARowOfAnotherWidth() {
        assertThatThrownBy(() -> new Table("A").row(1, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsPhasesFromServerTiming() {
        assertThat(Invocation.phases("admit;dur=0.100, request;dur=4.250"))
                .isEqualTo(Map.of("admit", 0.1, "request", 4.25));
        assertThat(Invocation.phases("")).isEmpty();
    }
}
