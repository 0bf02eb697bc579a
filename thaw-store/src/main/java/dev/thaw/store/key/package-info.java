/** Who may read what: data keys of trust domains, and the keys that wrap them. */
@NullMarked
package dev.thaw.store.key;

import org.jspecify.annotations.NullMarked;
