/** The API under /api/v1. */
@NullMarked
package dev.thaw.gateway.api;

import org.jspecify.annotations.NullMarked;
