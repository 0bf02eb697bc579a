/** The custom resource NodeSnapshotCache: what a node says about its cache, and how it is read back. */
@NullMarked
package dev.thaw.kubernetes.resource;

import org.jspecify.annotations.NullMarked;
