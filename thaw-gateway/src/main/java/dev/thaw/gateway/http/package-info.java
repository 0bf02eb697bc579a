/** The HTTP/1.1 server: connections, limits, exchanges and problem documents. */
@NullMarked
package dev.thaw.gateway.http;

import org.jspecify.annotations.NullMarked;
