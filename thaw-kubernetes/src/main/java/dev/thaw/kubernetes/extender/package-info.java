/** The scheduler extender: which snapshots are where, and how well each node suits a pod. */
@NullMarked
package dev.thaw.kubernetes.extender;

import org.jspecify.annotations.NullMarked;
