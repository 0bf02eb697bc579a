/** What runs inside a guest: the init agent in C, its protocol, and the initramfs that carries both. */
@NullMarked
package dev.thaw.guest;

import org.jspecify.annotations.NullMarked;
