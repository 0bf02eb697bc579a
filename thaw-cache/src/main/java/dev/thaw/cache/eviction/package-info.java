/** Who goes when a cache wants room. */
@NullMarked
package dev.thaw.cache.eviction;

import org.jspecify.annotations.NullMarked;
