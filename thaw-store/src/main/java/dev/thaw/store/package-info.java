/** Snapshots at rest: manifests, parts named by digest, publishing, object stores. */
@NullMarked
package dev.thaw.store;

import org.jspecify.annotations.NullMarked;
