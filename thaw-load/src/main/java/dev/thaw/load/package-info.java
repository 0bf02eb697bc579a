/** The {@code load} command: plans, sends and samples traces. */
@NullMarked
package dev.thaw.load;

import org.jspecify.annotations.NullMarked;
