/** Programs of this product as processes of their own. */
@NullMarked
package dev.thaw.cli.jvm;

import org.jspecify.annotations.NullMarked;
