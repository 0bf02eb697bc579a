/** The HTTP server, for HTTP/1.x and HTTP/2: connections, limits, exchanges and problem documents. */
@NullMarked
package dev.thaw.gateway.http;

import org.jspecify.annotations.NullMarked;
