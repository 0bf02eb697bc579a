package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HotHeadsTest {
    private final HotHeads heads = new HotHeads(100);

    private static HotRef companion(int number) {
        return new HotRef("%032x".formatted(number), 1000, 10);
    }

    private static HotHead head(int bytes) {
        return HotHead.of(new byte[bytes]);
    }

    @Test
    void thoseUsedLastAreKeptWithinTheBound() {
        for (int i = 1; i <= 3; i++) {
            heads.learn(companion(i), head(33));
        }
        assertThat(heads.find(companion(1)))
                .hasValueSatisfying(head -> assertThat(head.lengthBytes()).isEqualTo(33));
        heads.learn(companion(4), head(30));
        assertThat(heads.find(companion(2))).as("used longest ago").isEmpty();
        assertThat(heads.find(companion(1))).isPresent();
        assertThat(heads.find(companion(4))).isPresent();
        heads.learn(companion(4), head(34));
        assertThat(heads.find(companion(3))).as("the same again counts once").isPresent();
        heads.learn(companion(5), head(101));
        for (int i = 1; i <= 5; i++) {
            assertThat(heads.find(companion(i)))
                    .as("what is larger than all is not kept")
                    .isEmpty();
        }
    }

    @Test
    void whatIsForgottenMakesRoom() {
        heads.learn(companion(1), head(60));
        heads.forget(companion(1));
        heads.forget(companion(1));
        heads.learn(companion(2), head(60));
        heads.learn(companion(3), head(40));
        assertThat(heads.find(companion(1))).isEmpty();
        assertThat(heads.find(companion(2))).isPresent();
        assertThat(heads.find(companion(3))).isPresent();
    }

    @Test
    void whatCannotBeAHeadIsNotKept() {
        heads.learn(new HotRef("0".repeat(32), 20, 10), head(21));
        assertThat(heads.find(new HotRef("0".repeat(32), 20, 10))).isEmpty();
        heads.learn(companion(1), head(0));
        assertThat(heads.find(companion(1))).isEmpty();
    }
}
