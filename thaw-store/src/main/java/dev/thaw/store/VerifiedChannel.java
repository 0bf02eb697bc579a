package dev.thaw.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;

/**
 * Passes the stored form of a part through and checks it against its digest. The verdict falls together with the last
 * byte: a reader that stops after {@link Part#storedBytes} bytes has had it too.
 */
final class VerifiedChannel implements ReadableByteChannel {
    private final Part part;
    private final ReadableByteChannel stored;
    private final MessageDigest hasher = Digest.hasher();
    private long position;

    VerifiedChannel(Part part, ReadableByteChannel stored) throws StoreException {
        this.part = part;
        this.stored = stored;
        if (part.storedBytes() == 0) {
            verify();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int start = target.position();
        int count = stored.read(target);
        if (count < 0) {
            if (position < part.storedBytes()) {
                throw corrupt("ends after " + position + " of " + part.storedBytes() + " bytes");
            }
            return -1;
        }
        position += count;
        if (position > part.storedBytes()) {
            throw corrupt("is longer than its " + part.storedBytes() + " bytes");
        }
        hasher.update(target.slice(start, count));
        if (count > 0 && position == part.storedBytes()) {
            verify();
        }
        return count;
    }

    private void verify() throws StoreException {
        Digest found = Digest.of(hasher);
        if (!found.equals(part.digest())) {
            throw corrupt("has the digest " + found);
        }
    }

    private StoreException corrupt(String what) {
        return new StoreException(StoreException.Code.CORRUPT, "The stored " + part + " " + what + ".");
    }

    @Override
    public boolean isOpen() {
        return stored.isOpen();
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
