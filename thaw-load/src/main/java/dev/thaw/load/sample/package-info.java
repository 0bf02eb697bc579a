/** In-Vitro's sampler: clean excerpts of Azure's traces, nested samples close to the original, and how close they are. */
@NullMarked
package dev.thaw.load.sample;

import org.jspecify.annotations.NullMarked;
