/** What becomes of many first starts that are wanted at once. */
@NullMarked
package dev.thaw.cli.bench.burst;

import org.jspecify.annotations.NullMarked;
