/** Measures cold starts through a daemon of its own. */
@NullMarked
package dev.thaw.cli.bench;

import org.jspecify.annotations.NullMarked;
