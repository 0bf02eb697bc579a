/** Sealed frames near by, on a disk: bounded, held while in use, written behind, rebuilt from a journal. */
@NullMarked
package dev.thaw.cache.frame;

import org.jspecify.annotations.NullMarked;
