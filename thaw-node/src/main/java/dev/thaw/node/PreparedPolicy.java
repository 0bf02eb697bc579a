package dev.thaw.node;

import dev.thaw.sandbox.MachineShape;
import java.util.List;
import java.util.Map;

/** Decides how many VMMs a worker has standing by, started ahead of need for guests of a shape. */
@FunctionalInterface
public interface PreparedPolicy {
    /**
     * How many of which shape. What is more than that is ended, what is missing is started as soon as no start is under way.
     *
     * @param shapes of the functions in service on the worker, the one used last first
     * @return shapes that are not in it are not kept
     */
    Map<MachineShape, Integer> wanted(List<MachineShape> shapes);
}
