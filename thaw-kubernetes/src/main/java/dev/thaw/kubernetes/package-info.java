/** The cluster shape: custom resource, scheduler extender, manifests and a test cluster. */
@NullMarked
package dev.thaw.kubernetes;

import org.jspecify.annotations.NullMarked;
