/** The node cache: bounded, verified, parts in use pinned. */
@NullMarked
package dev.thaw.cache;

import org.jspecify.annotations.NullMarked;
