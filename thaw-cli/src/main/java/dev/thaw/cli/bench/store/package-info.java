/** Measures what snapshots of many functions cost at rest, and how fast they are published. */
@NullMarked
package dev.thaw.cli.bench.store;

import org.jspecify.annotations.NullMarked;
