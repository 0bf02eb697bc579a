/** A node's side: keeps its own NodeSnapshotCache true. */
@NullMarked
package dev.thaw.kubernetes.publish;

import org.jspecify.annotations.NullMarked;
