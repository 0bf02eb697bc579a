/** Functions: their specification, their revisions, and what they say. */
@NullMarked
package dev.thaw.gateway.function;

import org.jspecify.annotations.NullMarked;
