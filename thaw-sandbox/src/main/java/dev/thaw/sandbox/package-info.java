/** MicroVMs behind one interface: QEMU, and the C launcher that starts it. */
@NullMarked
package dev.thaw.sandbox;

import org.jspecify.annotations.NullMarked;
