/** What the gateway costs in front of a function that does nothing, beside Knative's queue-proxy. */
@NullMarked
package dev.thaw.cli.bench.gateway;

import org.jspecify.annotations.NullMarked;
