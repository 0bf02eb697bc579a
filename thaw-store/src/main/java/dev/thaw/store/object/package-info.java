/** Bytes by key, in a directory, an S3 bucket or memory. */
@NullMarked
package dev.thaw.store.object;

import org.jspecify.annotations.NullMarked;
