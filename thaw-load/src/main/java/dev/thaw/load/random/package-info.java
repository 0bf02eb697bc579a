/** The random streams of Go's {@code math/rand}, value for value, so that a seed means the same here as in In-Vitro. */
@NullMarked
package dev.thaw.load.random;

import org.jspecify.annotations.NullMarked;
