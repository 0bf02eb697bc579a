/** Images served on demand as files of FUSE mounts of our own; recording of what is touched, and pushing ahead of it. */
@NullMarked
package dev.thaw.lazy;

import org.jspecify.annotations.NullMarked;
