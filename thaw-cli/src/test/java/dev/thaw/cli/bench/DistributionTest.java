package dev.thaw.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class DistributionTest {
    @Test
    void percentilesAreMeasuredValues() {
        Distribution hundred = Distribution.of(
                DoubleStream.iterate(100, value -> value - 1).limit(100).boxed().toList());
        assertThat(hundred.p50()).isEqualTo(50);
        assertThat(hundred.p90()).isEqualTo(90);
        assertThat(hundred.p99()).isEqualTo(99);
        assertThat(hundred.mean()).isEqualTo(50.5);
        assertThat(hundred.min()).isEqualTo(1);
        assertThat(hundred.max()).isEqualTo(100);
        assertThat(hundred.all().getFirst()).isEqualTo(100);
    }

    @Test
    void oneValueIsEveryFigure() {
        Distribution one = Distribution.of(List.of(7.0));
        assertThat(List.of(one.p50(), one.p99(), one.mean(), one.min(), one.max()))
                .containsOnly(7.0);
        assertThatThrownBy(() -> Distribution.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
