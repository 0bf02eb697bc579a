/** What will be invoked when: the loader's configuration, arrivals drawn from a trace, plans and their files. */
@NullMarked
package dev.thaw.load.plan;

import org.jspecify.annotations.NullMarked;
