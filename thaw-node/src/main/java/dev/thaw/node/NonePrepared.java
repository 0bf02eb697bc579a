package dev.thaw.node;

import dev.thaw.sandbox.MachineShape;
import java.util.List;
import java.util.Map;

/** No VMM stands by: each thaw starts its own. */
public record NonePrepared() implements PreparedPolicy {
    @Override
    public Map<MachineShape, Integer> wanted(List<MachineShape> shapes) {
        return Map.of();
    }
}
