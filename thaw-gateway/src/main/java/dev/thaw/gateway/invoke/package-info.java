/** The way of an invocation: from a request to a function's instance and back. */
@NullMarked
package dev.thaw.gateway.invoke;

import org.jspecify.annotations.NullMarked;
