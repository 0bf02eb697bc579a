/**
 * Where an instance should start: what a start costs on each node, and the score that follows from it.
 *
 * <p>Pure: no clock, no input or output, no types of a cluster. The scheduler extender and the placement among the workers of
 * one machine both decide with it. The formula, its reasons and its sources are in {@code docs/placement.md}.
 */
@NullMarked
package dev.thaw.node.placement;

import org.jspecify.annotations.NullMarked;
