/** How fast a published root file system is read through a mount while its bytes arrive. */
@NullMarked
package dev.thaw.cli.bench.reads;

import org.jspecify.annotations.NullMarked;
