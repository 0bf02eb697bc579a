package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.util.Optional;

/**
 * A layer as the image's documents name it.
 *
 * @param digest of the bytes as they are stored; empty where an archive names only what they expand to
 * @param size of the bytes as they are stored
 * @param diffId digest of the uncompressed archive
 */
record Layer(Optional<Digest> digest, long size, Digest diffId) {}
