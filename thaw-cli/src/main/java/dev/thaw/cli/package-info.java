/** The thaw command. */
@NullMarked
package dev.thaw.cli;

import org.jspecify.annotations.NullMarked;
