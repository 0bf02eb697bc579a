/** One worker: boots, freezes, thaws and retires instances. */
@NullMarked
package dev.thaw.node;

import org.jspecify.annotations.NullMarked;
