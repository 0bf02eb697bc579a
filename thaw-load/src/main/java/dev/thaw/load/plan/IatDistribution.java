package dev.thaw.load.plan;

/**
 * How the gaps between a function's invocations are distributed within one unit of time.
 *
 * @param shifted the first invocation falls at a random point of the unit, not at its beginning
 */
public record IatDistribution(Shape shape, boolean shifted) {
    /** The law that gaps are drawn from before they are scaled to fill the unit. */
    public enum Shape {
        EXPONENTIAL,
        UNIFORM,
        EQUIDISTANT
    }
}
