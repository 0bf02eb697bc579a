/** Snapshots at rest: blocks shared within a trust domain, compressed and sealed; publishing, collecting, object stores. */
@NullMarked
package dev.thaw.store;

import org.jspecify.annotations.NullMarked;
