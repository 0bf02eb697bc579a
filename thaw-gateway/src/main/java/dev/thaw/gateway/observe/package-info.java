/** What happens, for those who look: events, the history of starts, and metrics. */
@NullMarked
package dev.thaw.gateway.observe;

import org.jspecify.annotations.NullMarked;
