/** Compares placement policies on the same arrivals, through the real scheduler or an imitation of it. */
@NullMarked
package dev.thaw.kubernetes.evaluation;

import org.jspecify.annotations.NullMarked;
