package dev.thaw.node;

import dev.thaw.sandbox.MachineShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The same number for each of the shapes that were used last.
 *
 * @param each of a shape; 0: none at all
 * @param shapes at most, so that many sizes of functions do not fill a worker's memory with VMMs
 */
public record PreparedPerShape(int each, int shapes) implements PreparedPolicy {
    private static final int USUAL_SHAPES = 4;

    public PreparedPerShape {
        if (each < 0 || shapes < 0) {
            throw new IllegalArgumentException(
                    "Prepared are " + each + " VMMs of " + shapes + " shapes; neither may be negative.");
        }
    }

    /** For the usual number of shapes. */
    public static PreparedPerShape of(int each) {
        return new PreparedPerShape(each, USUAL_SHAPES);
    }

    @Override
    public Map<MachineShape, Integer> wanted(List<MachineShape> used) {
        Map<MachineShape, Integer> wanted = new LinkedHashMap<>();
        if (each > 0) {
            used.stream().limit(shapes).forEach(shape -> wanted.put(shape, each));
        }
        return wanted;
    }
}
