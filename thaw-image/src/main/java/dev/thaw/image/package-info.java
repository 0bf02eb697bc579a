/** OCI images flattened into EROFS root file systems. */
@NullMarked
package dev.thaw.image;

import org.jspecify.annotations.NullMarked;
