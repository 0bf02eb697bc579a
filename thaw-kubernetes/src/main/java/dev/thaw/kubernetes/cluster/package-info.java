/** A real control plane on loopback, for development, tests and evaluation: finds or builds its programs, starts and ends them. */
@NullMarked
package dev.thaw.kubernetes.cluster;

import org.jspecify.annotations.NullMarked;
