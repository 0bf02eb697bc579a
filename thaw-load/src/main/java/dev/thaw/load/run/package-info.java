/** Sends a plan's invocations on time, open loop, and records what became of each. */
@NullMarked
package dev.thaw.load.run;

import org.jspecify.annotations.NullMarked;
