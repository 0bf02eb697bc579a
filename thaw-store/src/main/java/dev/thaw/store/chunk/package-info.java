/** The format of what is stored: blocks, frames, packs, block maps, sealed documents. docs/format.md has it byte by byte. */
@NullMarked
package dev.thaw.store.chunk;

import org.jspecify.annotations.NullMarked;
