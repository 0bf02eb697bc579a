/** HTTP/2 (RFC 9113) in blocking style, for either side: frames and header compression are httpcore's, streams and flow control ours. */
@NullMarked
package dev.thaw.gateway.http2;

import org.jspecify.annotations.NullMarked;
