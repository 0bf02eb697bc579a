/** What a clone costs while it stands: its VMM's memory, its guest's, and the processor time of an idle one. */
@NullMarked
package dev.thaw.cli.bench.clones;

import org.jspecify.annotations.NullMarked;
