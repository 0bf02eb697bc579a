/** Front door of the one-machine shape: invocation and API over HTTP. */
@NullMarked
package dev.thaw.gateway;

import org.jspecify.annotations.NullMarked;
