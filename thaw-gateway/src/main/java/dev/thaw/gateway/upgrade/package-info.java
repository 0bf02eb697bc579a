/** One daemon takes the place of another without a failed invocation: the listening socket and the data folder change hands. */
@NullMarked
package dev.thaw.gateway.upgrade;

import org.jspecify.annotations.NullMarked;
