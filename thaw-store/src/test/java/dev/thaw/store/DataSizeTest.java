package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DataSizeTest {
    @Test
    void readsWhatUsersWrite() {
        assertThat(DataSize.parse("256MiB").bytes()).isEqualTo(256L << 20);
        assertThat(DataSize.parse("10GiB").bytes()).isEqualTo(10L << 30);
        assertThat(DataSize.parse("4096").bytes()).isEqualTo(4096);
        assertThat(DataSize.parse("0").bytes()).isZero();
    }

    @Test
    void refusesWhatIsNotASize() {
        for (String wrong : new String[] {"", "MiB", "-1", "256MB", "1.5GiB", "99999999999999999TiB"}) {
            assertThatThrownBy(() -> DataSize.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(wrong);
        }
    }

    @Test
    void printsTheShortestForm() {
        assertThat(DataSize.ofMebibytes(256)).hasToString("256MiB");
        assertThat(new DataSize(3L << 29)).hasToString("1.5GiB");
        assertThat(new DataSize(12)).hasToString("12B");
    }
}
