/**
 * An object store as far away as a benchmark wants it: a real S3 server, and in front of it a proxy process that keeps the time to the first byte and the bandwidth of
 * a profile, outside of the client that is measured, and breaks connections on command.
 */
@NullMarked
package dev.thaw.cli.bench.origin;

import org.jspecify.annotations.NullMarked;
