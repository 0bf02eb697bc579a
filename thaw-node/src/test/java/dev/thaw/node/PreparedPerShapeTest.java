package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.sandbox.Egress;
import dev.thaw.sandbox.MachineShape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PreparedPerShapeTest {
    private static final MachineShape SMALL = new MachineShape(64L << 20, 1);
    private static final MachineShape LARGE = new MachineShape(256L << 20, 2);

    @Test
    void keepsTheSameNumberOfTheShapesUsedLast() {
        assertThat(new PreparedPerShape(2, 1).wanted(List.of(LARGE, SMALL))).isEqualTo(Map.of(LARGE, 2));
        assertThat(PreparedPerShape.of(1).wanted(List.of(LARGE, SMALL))).isEqualTo(Map.of(LARGE, 1, SMALL, 1));
        assertThat(PreparedPerShape.of(0).wanted(List.of(LARGE, SMALL))).isEmpty();
        assertThat(new NonePrepared().wanted(List.of(LARGE, SMALL))).isEmpty();
        assertThatThrownBy(() -> PreparedPerShape.of(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aShapeIsInServiceAsLongAsARevisionHasIt() {
        ShapesInService shapes = new ShapesInService();
        Revision first = revision("first", SMALL, true);
        Revision second = revision("second", SMALL, true);
        shapes.add(first);
        shapes.add(second);
        shapes.add(revision("large", LARGE, true));
        shapes.add(revision("no-snapshots", new MachineShape(128L << 20, 1), false));
        shapes.add(revision("networked", new MachineShape(64L << 20, 1, Egress.INTERNET), true));
        assertThat(shapes.lastUsedFirst()).containsExactly(LARGE, SMALL);
        shapes.used(SMALL);
        shapes.used(new MachineShape(512L << 20, 1));
        assertThat(shapes.lastUsedFirst()).containsExactly(SMALL, LARGE);
        shapes.remove(first);
        assertThat(shapes.lastUsedFirst()).containsExactly(SMALL, LARGE);
        shapes.remove(second);
        assertThat(shapes.lastUsedFirst()).containsExactly(LARGE);
    }

    private static Revision revision(String name, MachineShape shape, boolean snapshots) {
        Revision r = WorkerFixture.revision(name);
        return new Revision(
                r.name(),
                r.function(),
                r.image(),
                r.process(),
                shape,
                r.kernel(),
                r.trustDomain(),
                snapshots,
                r.limits());
    }
}
