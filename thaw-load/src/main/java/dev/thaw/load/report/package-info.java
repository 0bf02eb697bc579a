/** Figures of a run: percentiles and slowdown, over all and by function. */
@NullMarked
package dev.thaw.load.report;

import org.jspecify.annotations.NullMarked;
